import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signer } from '../signature/certificates.fixture';
import { signDocument } from '../signature/sign-document';
import { NOTICE_SIGNATURE } from '../signature/signature-place';
import { verifyDocument } from '../signature/verify-document';
import { XmlError } from '../xml/xml-error';
import { MESSAGE_TYPES, messageType } from './message-types';
import { MESSAGE_ID_PATTERN, messageIdOfUuid, newMessageId, partyCode } from './message-id';
import { buildErrorNotice, buildTvanMessage, isMessage, parseErrorNotice, parseTvanMessage } from './message';
import type { TvanMessage } from './message';
import {
  answer,
  check204,
  CODED_HDON,
  ERROR_999,
  HDON,
  INVALID_LIST,
  NOTICE,
  OK_999,
  OTHERS,
  OURS,
  SENDER,
  sent,
} from './messages.fixture';

const REASONS = { LDo: [{ MLoi: '1', MTa: 'Thiếu\nchữ ký' }] };
const TKHAI = '<TKhai><DLTKhai Id="k"><MSo>01/ĐKTĐ-HĐĐT</MSo></DLTKhai></TKhai>';

/** One message of each kind that is typed, in the direction in which it goes. */
const MESSAGES: Record<string, TvanMessage> = {
  '100': sent('100', { TKhai: [TKHAI] }),
  '101': sent('101', { TKhai: [TKHAI, TKHAI] }),
  '102': answer('102', { TBao: { DLTBao: { THop: '2', DSLDKCNhan: REASONS } } }),
  '103': answer('103', {
    TBao: {
      DLTBao: { TTXNCQT: '2', DSLDKCNhan: REASONS, others: ['<Ngay>2026-11-20</Ngay>'] },
      others: ['<STBao><So>1</So></STBao>'],
    },
  }),
  '104': answer('104', {
    TBao: {
      DLTBao: { others: [`<DSTTUNhiem><DSLDKCNhan><LDo><MLoi>9</MLoi><MTa>x</MTa></LDo></DSLDKCNhan></DSTTUNhiem>`] },
    },
  }),
  '200': sent('200', { HDon: [HDON] }),
  '201': sent('201', { HDon: [HDON] }),
  '202': answer('202', { HDon: [CODED_HDON] }),
  '203': sent('203', { HDon: [HDON, HDON] }),
  '204': answer('204', check204('3', { LHDKMa: INVALID_LIST })),
  '205': answer('205', { TBao: { others: ['<DLTBao>x</DLTBao>'] } }),
  '206': sent('206', { HDon: [HDON] }),
  '300': sent('300', { TBao: [NOTICE] }),
  '301': answer('301', {
    TBao: {
      DLTBao: {
        DSHDon: { HDon: [{ KHMSHDon: '1', KHHDon: 'C26TYY', SHDon: '61', TTTNCCQT: '2', DSLDKTNhan: REASONS }] },
      },
    },
  }),
  '302': answer('302', { TBao: { others: ['<DLTBao><MSo>01/TB-RSĐT</MSo></DLTBao>'] } }),
  '303': sent('303', { TBao: [NOTICE, NOTICE] }),
  '999': answer('999', ERROR_999),
};

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof XmlError) return `${error.path} ${error.reason}`;
    throw error;
  }
  return 'accepted';
}

describe('messages in both directions', () => {
  it.each(Object.keys(MESSAGES))('%s', (code) => {
    const message = MESSAGES[code];
    if (message === undefined) throw new Error('no sample');
    const xml = buildTvanMessage(message);
    expect(message.TTChung.MLTDiep).toBe(code);
    expect(parseTvanMessage(xml)).toEqual(message);
    expect(buildTvanMessage(parseTvanMessage(xml))).toBe(xml);
    expect(parseTvanMessage(`<?xml version="1.0"?>\n${xml}`)).toEqual(message);
  });

  it('has the envelope as published', () => {
    expect(buildTvanMessage(sent('203', { HDon: [HDON, HDON] }, { answers: OTHERS }))).toBe(
      `<TDiep><TTChung><PBan>2.1.0</PBan><MNGui>${SENDER}</MNGui><MNNhan>TCT</MNNhan><MLTDiep>203</MLTDiep><MTDiep>${OURS}</MTDiep>` +
        `<MTDTChieu>${OTHERS}</MTDTChieu><MST>0104359717</MST><SLuong>2</SLuong></TTChung><DLieu>${HDON}${HDON}</DLieu></TDiep>`,
    );
    expect(sent('200', { HDon: [HDON] }, { version: '2.0.0', receiver: 'V0100109106' }).TTChung).toMatchObject({
      PBan: '2.0.0',
      MNNhan: 'V0100109106',
    });
  });

  it('has the technical answer and the error notice as published', () => {
    expect(buildTvanMessage(answer('999', OK_999))).toContain(
      `<DLieu><TBao><MTDiep>${OURS}</MTDiep><MNGui>${SENDER}</MNGui><NNhan>2026-11-20T08:00:00</NNhan><TTTNhan>0</TTTNhan></TBao></DLieu>`,
    );
    expect(buildErrorNotice(NOTICE)).toMatch(
      /^<TBao><DLTBao Id="notice-1"><PBan>2.1.0<\/PBan><MSo>04\/SS-HĐĐT<\/MSo><Ten>.*<\/Ten><Loai>2<\/Loai><So>123<\/So><NTBCCQT>2026-11-19<\/NTBCCQT><MCQT>10100<\/MCQT><TCQT>.*<\/TCQT><TNNT>.*<\/TNNT><MST>0104359717<\/MST><MDVQHNSach>1234567<\/MDVQHNSach><DDanh>Hà Nội<\/DDanh><NTBao>2026-11-20<\/NTBao><DSHDon><HDon><STT>1<\/STT><MCQTCap>00ABCDEF0123456789ABCDEF0123456789<\/MCQTCap><KHMSHDon>1<\/KHMSHDon><KHHDon>C26TYY<\/KHHDon><SHDon>61<\/SHDon><Ngay>2026-11-01<\/Ngay><LADHDDT>1<\/LADHDDT><TCTBao>4<\/TCTBao><LDo>Sai địa chỉ<\/LDo><\/HDon><HDon>/,
    );
  });

  it('carries a signed notice byte for byte', () => {
    const seller = signer();
    const signed = signDocument(buildErrorNotice(NOTICE), seller, {
      signingTime: new Date('2026-11-20T02:00:00Z'),
      place: NOTICE_SIGNATURE,
    });
    const xml = buildTvanMessage(sent('300', { TBao: [parseErrorNotice(signed)] }));
    expect(xml).toContain(signed);
    const read = parseTvanMessage(xml);
    const notice = isMessage(read, '300') ? read.DLieu.TBao[0] : undefined;
    const again = buildErrorNotice(notice ?? NOTICE);
    expect(verifyDocument(again, { trust: seller.certificate, place: NOTICE_SIGNATURE }).signedXml).toContain(
      'Sai địa chỉ',
    );
  });

  it('carries kinds without a typed content as they stand', () => {
    const xml = buildTvanMessage(sent('200', { HDon: [HDON] })).replace('>200<', '>216<');
    const read = parseTvanMessage(xml);
    expect(read.DLieu).toEqual({ others: [HDON] });
    expect(buildTvanMessage(read)).toBe(xml);
    expect(parseTvanMessage(xml.replace('>216<', '>-1<')).TTChung.MLTDiep).toBe('-1');
  });

  it('keeps what the authority adds, in any order, with prefixes that nothing uses', () => {
    const xml = buildTvanMessage(answer('204', check204('2')))
      .replace('<TBao>', '<TBao xmlns:xsi="u"><New>1</New>')
      .replace('<MSo>01/TB-KTDL</MSo><LTBao>2</LTBao>', '<LTBao>2</LTBao><So/><MSo>01/TB-KTDL</MSo>');
    expect(parseTvanMessage(xml).DLieu).toEqual({
      TBao: { DLTBao: { MSo: '01/TB-KTDL', LTBao: '2', others: ['<So/>'] }, others: ['<New>1</New>'] },
    });
  });

  const header = '/TDiep/TTChung';
  const refused: [string, string, string][] = [
    ['<SLuong>1<', '<SLuong>2<', `${header}/SLuong is 2, DLieu holds 1`],
    ['<SLuong>1<', '<SLuong>0<', `${header}/SLuong must be a whole number from 1 to 10000`],
    ['<SLuong>1<', '<SLuong>01<', `${header}/SLuong must be a whole number from 1 to 10000`],
    ['<MNGui>K0104359717<', '<MNGui>0104359717<', `${header}/MNGui must be TCT, or V or K with 10 or 13 digits`],
    ['<MNNhan>TCT<', '<MNNhan>TCTT<', `${header}/MNNhan must be TCT, or V or K with 10 or 13 digits`],
    ['AAAA</MTDiep>', 'AAAa</MTDiep>', `${header}/MTDiep must be the sender’s code and 32 capital hexadecimal digits`],
    ['AAAA</MTDiep>', 'AAA</MTDiep>', `${header}/MTDiep must be the sender’s code and 32 capital hexadecimal digits`],
    ['<MLTDiep>200<', '<MLTDiep>2000<', `${header}/MLTDiep must be a kind of message, three digits`],
    ['<MLTDiep>200<', '<MLTDiep><', `${header}/MLTDiep must be a kind of message, three digits`],
    ['<MLTDiep>200<', '<MLTDiep>100<', '/TDiep/DLieu/HDon is not known here'],
    [
      '<MST>',
      '<MTDTChieu>x</MTDTChieu><MST>',
      `${header}/MTDTChieu must be the sender’s code and 32 capital hexadecimal digits`,
    ],
    ['<DLieu>', '<DLieu/><DLieu>', '/TDiep/DLieu is given twice'],
    ['</TTChung>', '</TTChung><TTChung/>', '/TDiep/TTChung is given twice'],
    ['</TDiep>', '<X/></TDiep>', '/TDiep/X is not known here'],
    [HDON, '', '/TDiep/DLieu/HDon is required'],
    [HDON, '<HDon>', '/TDiep/DLieu/HDon is closed by another tag than </HDon>'],
    ['<MTDiep>', '<Mtdiep>', `${header}/Mtdiep is closed by another tag than </Mtdiep>`],
  ];
  it.each(refused)('refuses %s as %s', (from, to, message) => {
    const xml = buildTvanMessage(sent('200', { HDon: [HDON] }));
    const broken = xml.replace(from, () => to);
    expect(broken).not.toBe(xml);
    expect(refusal(() => parseTvanMessage(broken))).toBe(message);
  });

  it('refuses contents that break their form, by their place', () => {
    const broken = (code: string, from: string | RegExp, to: string) => {
      const sample = MESSAGES[code];
      const xml = sample === undefined ? '' : buildTvanMessage(sample);
      expect(xml.replace(from, to)).not.toBe(xml);
      return refusal(() => parseTvanMessage(xml.replace(from, to)));
    };
    expect(broken('999', '<TTTNhan>1<', '<TTTNhan>2<')).toBe('/TDiep/DLieu/TBao/TTTNhan must be 0, 1');
    expect(broken('999', '08:00:00', '25:00:00')).toBe('/TDiep/DLieu/TBao/NNhan must be yyyy-MM-ddTHH:mm:ss');
    expect(broken('103', '<TTXNCQT>2<', '<TTXNCQT>0<')).toBe('/TDiep/DLieu/TBao/DLTBao/TTXNCQT must be 1, 2');
    expect(broken('204', /<LTBao>.<\/LTBao>/, '')).toBe('/TDiep/DLieu/TBao/DLTBao/LTBao is required');
    expect(broken('300', '<TCTBao>4<', '<TCTBao>5<')).toBe(
      '/TDiep/DLieu/TBao[1]/DLTBao/DSHDon/HDon[1]/TCTBao must be 1, 2, 3, 4',
    );
    expect(broken('300', '<Loai>2<', '<Loai>3<')).toBe('/TDiep/DLieu/TBao[1]/DLTBao/Loai must be 1, 2');
    expect(broken('301', '<TTTNCCQT>2<', '<TTTNCCQT>3<')).toBe(
      '/TDiep/DLieu/TBao/DLTBao/DSHDon/HDon[1]/TTTNCCQT must be 1, 2',
    );
  });

  it('does not build what it would not read', () => {
    const message = sent('200', { HDon: [HDON] });
    expect(refusal(() => buildTvanMessage({ ...message, TTChung: { ...message.TTChung, SLuong: '2' } }))).toBe(
      '/TDiep/TTChung/SLuong is 2, DLieu holds 1',
    );
    expect(refusal(() => buildTvanMessage(sent('200', { HDon: ['<HDon/><HDon/>'] })))).toMatch(
      /^\/TDiep\/DLieu\/HDon\[1\] is not well-formed/,
    );
    expect(refusal(() => buildTvanMessage(sent('200', { HDon: ['<TKhai/>'] })))).toBe(
      '/TDiep/DLieu/HDon[1] must be the element HDon',
    );
    expect(refusal(() => buildTvanMessage(answer('205', { TBao: { others: [] } })))).toBe(
      '/TDiep/DLieu/TBao/others must be a list of 1 to 10000',
    );
    expect(refusal(() => buildTvanMessage(answer('204', check204('2', { others: ['<LTBao>3</LTBao>'] }))))).toBe(
      '/TDiep/DLieu/TBao/DLTBao/others[1] holds LTBao, which has a member of its own',
    );
  });

  it('reads anything as a message or refuses it by its own error', () => {
    const sources = Object.values(MESSAGES).map((message) => buildTvanMessage(message));
    const damage = fc.tuple(
      fc.constantFrom(...sources),
      fc.nat(1_500),
      fc.nat(50),
      fc.oneof(fc.string(), fc.constantFrom('<', '>', '</TBao>', '<LDo/>')),
    );
    fc.assert(
      fc.property(damage, ([source, at, length, put]) => {
        const outcome = refusal(() => {
          const read = parseTvanMessage(source.slice(0, at) + put + source.slice(at + length));
          expect(parseTvanMessage(buildTvanMessage(read))).toEqual(read);
        });
        expect(outcome).toMatch(/^accepted$|^\//);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => refusal(() => parseTvanMessage(text)).startsWith('/')));
  });
});

describe('ids', () => {
  it('are the sender and 32 capital hexadecimal digits', () => {
    const random = (size: number) => Buffer.from(Array.from({ length: size }, (_, index) => 0xa0 + index));
    expect(newMessageId('V0100109106', random)).toBe('V0100109106A0A1A2A3A4A5A6A7A8A9AAABACADAEAF');
    expect(messageIdOfUuid(SENDER, '3f0b6f5e-8a3c-4f62-9a86-0b1c7f1f7d10')).toBe(
      'K01043597173F0B6F5E8A3C4F629A860B1C7F1F7D10',
    );
    expect(partyCode('K', '0104359717-001')).toBe('K0104359717001');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) =>
        MESSAGE_ID_PATTERN.test(newMessageId('TCT', () => Buffer.from(bytes))),
      ),
    );
  });

  it.each(['', 'X0104359717', 'K010435971', 'K01043597171', 'k0104359717', ' K0104359717', 'TCT1'])(
    'refuse the sender %j',
    (party) => {
      expect(refusal(() => newMessageId(party, (size) => Buffer.alloc(size)))).toMatch(
        /^\/TDiep\/TTChung\/MNGui must be/,
      );
      expect(refusal(() => messageIdOfUuid(party, '3f0b6f5e-8a3c-4f62-9a86-0b1c7f1f7d10'))).toMatch(/MNGui must be/);
    },
  );

  it('refuse what is no UUID', () => {
    expect(refusal(() => messageIdOfUuid(SENDER, '3f0b6f5e'))).toBe('/TDiep/TTChung/MTDiep needs a UUID');
  });
});

describe('MESSAGE_TYPES', () => {
  it('lists each code once, and answers that exist and come from the other side', () => {
    expect(new Set(MESSAGE_TYPES.map(({ code }) => code)).size).toBe(MESSAGE_TYPES.length);
    for (const type of MESSAGE_TYPES) {
      expect(type.name).not.toBe('');
      expect(type.answers.length > 0).toBe(type.direction === 'TO_AUTHORITY');
      for (const code of type.answers) expect(messageType(code)?.direction).not.toBe('TO_AUTHORITY');
      if (type.answers.length > 0) expect(type.answers[0]).toBe('999');
    }
    expect(messageType('777')).toBeUndefined();
  });

  it.each([
    ['100', ['999', '102', '103']],
    ['101', ['999', '102', '104']],
    ['200', ['999', '202', '204']],
    ['203', ['999', '204']],
    ['206', ['999', '204']],
    ['300', ['999', '301', '204']],
    ['303', ['999', '301', '204']],
  ])('%s is followed by %j', (code, answers) => {
    expect(messageType(code)?.answers).toEqual(answers);
  });

  it('knows every published code', () => {
    const codes =
      '100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 150 200 201 202 203 204 205 206 207 208 209 210 211 212 213 216 300 301 302 303 304 400 401 500 503 504 505 506 507 600 601 602 603 901 902 903 999 -1 -2';
    expect(MESSAGE_TYPES.map(({ code }) => code).toSorted()).toEqual(codes.split(' ').toSorted());
  });
});
