import { t } from '../../i18n/messages.tsx';
import { RenderedText } from '../text/rendered-text.tsx';
import type { ViewerProps } from '../viewer/viewer.ts';
import workerAddress from './csv.worker.ts?worker&url';
import type { CsvTable } from './table.ts';
import './csv.css';

/** Comma-separated values as a table. The first row has the names of the columns, as is the custom. */
export function CsvViewer(props: ViewerProps) {
  return <RenderedText<CsvTable> {...props} class="csv" worker={workerAddress} render={renderTable} note={noteOf} />;
}

const noteOf = ({ rows, isMore }: CsvTable) => isMore && t('preview.rows', { count: rows.length });

const renderTable = ({ rows: [names = [], ...rows] }: CsvTable) => (
  <table>
    <thead>
      <tr>
        {names.map((name, index) => (
          <th key={index} scope="col" dir="auto">
            {name}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((row, index) => (
        <tr key={index}>
          {row.map((cell, column) => (
            <td key={column} dir="auto">
              {cell}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);
