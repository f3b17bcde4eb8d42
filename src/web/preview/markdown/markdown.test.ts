import { describe, expect, it } from 'vitest';
import { parseMarkdown } from './markdown.ts';

const p = (...children: unknown[]) => ({ tag: 'p', children });

describe('Markdown becomes elements of a closed list', () => {
  it.each([
    ['# One', [{ tag: 'p', level: 1, children: ['One'] }]],
    ['*a* **b** ~~c~~ `d`', [p(el('em', 'a'), ' ', el('strong', 'b'), ' ', el('del', 'c'), ' ', el('code', 'd'))]],
    ['> a', [el('blockquote', p('a'))]],
    ['3. a\n4. b', [{ tag: 'ol', start: 3, children: [el('li', p('a')), el('li', p('b'))] }]],
    ['```js\n<b>\n```', [el('pre', '<b>')]],
    [
      '|a|b|\n|-|-|\n|1|2|',
      [el('table', el('tr', el('td', 'a'), el('td', 'b')), el('tr', el('td', '1'), el('td', '2')))],
    ],
    ['a\n\n---', [p('a'), { tag: 'hr', children: [] }]],
  ])('%s', (text, elements) => {
    expect(parseMarkdown(text)).toEqual(elements);
  });

  it.each([
    ['a link', '[here](javascript:alert(1))', [p('here', { address: 'javascript:alert(1)' })]],
    ['an autolink', '<https://a.example/>', [p('https://a.example/')]],
    ['a picture', '![cat](https://a.example/cat.png)', [p('[cat]', { address: 'https://a.example/cat.png' })]],
    ['HTML', '<img src=x onerror=alert(1)>', ['<img src=x onerror=alert(1)>']],
    ['HTML in a line', 'a <script>b</script>', [p('a ', '<script>', 'b', '</script>')]],
    ['a reference', '[a][b]\n\n[b]: https://a.example/', [p('a')]],
  ])('and %s is text', (_what, text, elements) => {
    expect(parseMarkdown(text)).toEqual(elements);
  });

  it('is given up if there is too much of it', () => {
    expect(parseMarkdown('*a* '.repeat(6_000))).toBeUndefined();
    expect(parseMarkdown(`${'>'.repeat(120)} a`)).toBeUndefined();
  });
});

function el(tag: string, ...children: unknown[]) {
  return { tag, children };
}
