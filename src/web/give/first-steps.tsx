import { t } from '../i18n/messages.tsx';

/** An exchange in three steps, and a disclosure about the fate of the file. */
export function FirstSteps() {
  return (
    <>
      <ol class="first-steps">
        {(['give', 'draw', 'look'] as const).map((step) => (
          <li key={step}>{t(`steps.${step}`)}</li>
        ))}
      </ol>
      <details class="what-happens">
        <summary>{t('fate')}</summary>
        <ul>
          {(['who', 'operator', 'deleted', 'waits', 'back', 'private'] as const).map((fact) => (
            <li key={fact}>{t(`fate.${fact}`)}</li>
          ))}
        </ul>
      </details>
    </>
  );
}
