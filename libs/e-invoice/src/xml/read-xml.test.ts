import { DOMParser, onErrorStopParsing } from './dom.fixture';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { readXml, XML_LIMITS } from './read-xml';
import type { XmlElement } from './read-xml';
import { XmlError } from './xml-error';

function refusal(source: string, limits = XML_LIMITS): string {
  try {
    readXml(source, limits);
  } catch (error) {
    if (error instanceof XmlError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('readXml', () => {
  it('gives elements, attributes, namespaces and offsets', () => {
    const source = `<?xml version="1.0" encoding="UTF-8"?>\n<a x='1 "2"'><b/>\n  <p:c xmlns:p="u" p:y="&lt;">t &amp; &#x1EBF;</p:c></a>\n`;
    const root = readXml(source);
    expect(root).toMatchObject({ name: 'a', namespace: '', text: '', attributes: new Map([['x', '1 "2"']]) });
    expect(root.children.map(({ name, localName, namespace, text }) => [name, localName, namespace, text])).toEqual([
      ['b', 'b', '', ''],
      ['p:c', 'c', 'u', 't & ế'],
    ]);
    expect(root.children[1]?.attributes.get('p:y')).toBe('<');
    expect(root.children.map(({ start, end }) => source.slice(start, end))).toEqual([
      '<b/>',
      '<p:c xmlns:p="u" p:y="&lt;">t &amp; &#x1EBF;</p:c>',
    ]);
  });

  it('reads as many siblings as the limits let in, in time that grows with their number', () => {
    const lines = '<a><b>x</b></a>'.repeat(100_000);
    expect(readXml(`<r>${lines}</r>`).children).toHaveLength(100_000);
  });

  it.each(['001', '1.50', '1e3', ' 1 ', '+1', 'true', '0x10', 'null'])('keeps %j as written', (text) => {
    expect(readXml(`<a>${text}</a>`).text).toBe(text);
    // fast-xml-parser with its defaults turns most of these into other values.
    expect(new XMLParser({ parseTagValue: false, trimValues: false }).parse(`<a>${text}</a>`)).toEqual({ a: text });
  });

  it('reads line ends as XML does, and references as they stand', () => {
    expect(readXml('<a>1\r\n2\r3\n&#xD;</a>').text).toBe('1\n2\n3\n\r');
    expect(readXml('\uFEFF<a xmlns="u"><b xmlns=""/></a>').children[0]?.namespace).toBe('');
    expect(readXml('<a>&#128512;</a>').text).toBe('😀');
  });

  const refused: [string, string][] = [
    ['', '/ holds something that is not well-formed where the root element should begin'],
    ['text', '/ holds something that is not well-formed where the root element should begin'],
    ['<!DOCTYPE a><a/>', '/ holds a document type where a tag should begin'],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', '/ holds a document type where a tag should begin'],
    ['<a><!-- c --></a>', '/a holds a comment where a tag should begin'],
    ['<a><![CDATA[x]]></a>', '/a holds a CDATA section where a tag should begin'],
    ['<a><?php ?></a>', '/a holds a processing instruction where a tag should begin'],
    ['<?xml version="1.1"?><a/>', '/ holds a processing instruction where a tag should begin'],
    ['<?xml version="1.0" encoding="UTF-16"?><a/>', '/ holds a processing instruction where a tag should begin'],
    [' <?xml version="1.0"?><a/>', '/ holds a processing instruction where a tag should begin'],
    ['<a>', '/a is not closed'],
    ['<a><b></a></b>', '/a/b is closed by another tag than </b>'],
    ['<a/><b/>', '/ holds something that is not well-formed after the end of the document'],
    ['<a/><!-- -->', '/ holds a comment after the end of the document'],
    ['<a>x<b/></a>', '/a has text beside its elements'],
    ['<a><b/>x</a>', '/a has text beside its elements'],
    ['<a>&x;</a>', '/a holds an entity that is not defined'],
    ['<a>a & b</a>', '/a holds an entity that is not defined'],
    ['<a>&#0;</a>', '/a holds &#0;, which may not stand in a document'],
    ['<a>&#xD800;</a>', '/a holds &#xD800;, which may not stand in a document'],
    ['<a>&#x110000;</a>', '/a holds &#x110000;, which may not stand in a document'],
    ['<a>&#11;</a>', '/a holds &#11;, which may not stand in a document'],
    ['<a>\u0001</a>', '/ holds a character that may not stand in a document'],
    // xmldom makes line feeds of these two, so that a signature would not cover what others read.
    ['<a>\u0085</a>', '/ holds a character that may not stand in a document'],
    ['<a>\u2028</a>', '/ holds a character that may not stand in a document'],
    ['<a>&#x2028;</a>', '/a holds &#x2028;, which may not stand in a document'],
    ['<a>\uFFFE</a>', '/ holds a character that may not stand in a document'],
    ['<a>\uD800</a>', '/ holds a character that may not stand in a document'],
    ['<a>]]></a>', '/a holds "]]>" in its text'],
    ['<a x="1" x="2"/>', '/a/@x is given twice'],
    ['<a x=1/>', '/a has a tag that is not well-formed'],
    ['<a x="1"y="2"/>', '/a has a tag that is not well-formed'],
    ['<a x="<"/>', '/a has a tag that is not well-formed'],
    ['<a x="\n"/>', '/a/@x holds a line break or tab'],
    ['<a x="&y;"/>', '/a/@x holds an entity that is not defined'],
    ['<a:b:c/>', '/a:b has a tag that is not well-formed'],
    ['<p:a/>', '/p:a has a prefix that is not declared'],
    ['<a p:x="1"/>', '/a/@p:x has a prefix that is not declared'],
    ['<a><b xmlns:p="u"/><p:c/></a>', '/a/p:c has a prefix that is not declared'],
    ['<a xmlns:p=""/>', '/a/@xmlns:p is a namespace that may not be declared'],
    ['<a xmlns:xml="u"/>', '/a/@xmlns:xml is a namespace that may not be declared'],
    ['<é/>', '/ holds something that is not well-formed where a tag should begin'],
    ['<a><b/><b/><b>&x;</b></a>', '/a/b[3] holds an entity that is not defined'],
  ];
  it.each(refused)('refuses %j', (source, message) => {
    expect(refusal(source)).toBe(message);
  });

  it('keeps to its limits', () => {
    const limits = { maxLength: 40, maxDepth: 3, maxElements: 4, maxAttributes: 2 };
    expect(refusal('<a><b><c/></b></a>', limits)).toBe('accepted');
    expect(refusal('<a><b><c><d/></c></b></a>', limits)).toBe('/a/b/c is nested deeper than 3');
    expect(refusal('<a><b/><b/><b/></a>', limits)).toBe('accepted');
    expect(refusal('<a><b/><b/><b/><b/></a>', limits)).toBe('/a more than 4 elements');
    expect(refusal('<a x="1" y="2"/>', limits)).toBe('accepted');
    expect(refusal('<a x="1" y="2" z="3"/>', limits)).toBe('/a has too many attributes');
    expect(refusal(`<a>${'x'.repeat(33)}</a>`, limits)).toBe('accepted');
    expect(refusal(`<a>${'x'.repeat(34)}</a>`, limits)).toBe('/ has more than 40 characters');
  });

  it('throws nothing but its own error', () => {
    const soup = fc.array(
      fc.oneof(
        fc.constantFrom(
          '<',
          '>',
          '/',
          '"',
          "'",
          '=',
          '&',
          ';',
          '&#',
          '<!--',
          '<![CDATA[',
          '<?',
          'xmlns:p',
          ':',
          ' ',
          '\r\n',
          '<a>',
          '</a>',
          '<a x="1">',
        ),
        fc.string(),
      ),
      { maxLength: 12 },
    );
    fc.assert(fc.property(soup, (parts) => typeof refusal(`<a>${parts.join('')}</a>`) === 'string'));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof refusal(text) === 'string'));
  });

  it('never reads what passes otherwise than xmldom does, by which signatures are verified', () => {
    const name = fc.constantFrom('a', 'b', 'Tên'.normalize('NFD').slice(0, 1), 'MST');
    const attributes = fc.dictionary(fc.constantFrom('x', 'y'), fc.string({ maxLength: 5 }), { maxKeys: 2 });
    const tree = fc.letrec<{ node: string }>((tie) => ({
      node: fc
        .tuple(
          name,
          attributes,
          fc.oneof(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.array(tie('node'), { maxLength: 3 })),
        )
        .map(([tag, given, inner]) => {
          const text = Object.entries(given).map(([key, value]) => ` ${key}="${value}"`);
          return `<${tag}${text.join('')}>${Array.isArray(inner) ? inner.join('') : inner}</${tag}>`;
        }),
    }));
    fc.assert(
      fc.property(tree.node, (source) => {
        if (refusal(source) !== 'accepted') return;
        const document = new DOMParser({ errorHandler: onErrorStopParsing }).parseFromString(source, 'text/xml');
        expect(plain(readXml(source))).toEqual(plainDom(document.documentElement));
      }),
    );
  });
});

type Plain = [string, Record<string, string>, string, Plain[]];

function plain(element: XmlElement): Plain {
  return [element.name, Object.fromEntries(element.attributes), element.text, element.children.map(plain)];
}

function plainDom(element: Element): Plain {
  const children = Array.from(element.childNodes).filter((node): node is Element => node.nodeType === 1);
  const attributes = Object.fromEntries(Array.from(element.attributes).map((one) => [one.name, one.value]));
  return [element.tagName, attributes, children.length > 0 ? '' : (element.textContent ?? ''), children.map(plainDom)];
}
