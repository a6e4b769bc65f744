import { tvanMessage } from './message';
import type { HeaderInput, TvanMessage } from './message';
import type { ContentOf, TypedMessageCode } from './contents';

export const SENDER = 'K0104359717';
export const OURS = `${SENDER}${'A'.repeat(32)}`;
export const OTHERS = `${SENDER}${'B'.repeat(32)}`;

/** An id of the authority's that ends in a number. */
export function theirs(number: number): string {
  return `TCT${String(number).padStart(32, '0')}`;
}

export function sent<C extends TypedMessageCode>(code: C, content: ContentOf<C>, changes: Partial<HeaderInput> = {}) {
  return tvanMessage(code, { sender: SENDER, id: OURS, taxCode: '0104359717', ...changes }, content);
}

export function answer<C extends TypedMessageCode>(
  code: C,
  content: ContentOf<C>,
  number = 1,
  answers = OURS,
): TvanMessage {
  const header = { sender: 'TCT', receiver: SENDER, id: theirs(number), answers, taxCode: '0104359717' };
  return tvanMessage(code, header, content) as TvanMessage;
}

export const HDON =
  '<HDon><DLHDon Id="d"><TTChung><KHMSHDon>1</KHMSHDon><KHHDon>C26TYY</KHHDon><SHDon>61</SHDon></TTChung></DLHDon></HDon>';
export const CODE = '00ABCDEF0123456789ABCDEF0123456789';
export const CODED_HDON = HDON.replace('</HDon>', `<MCCQT Id="m">${CODE}</MCCQT></HDon>`);

const technical = { MTDiep: OURS, MNGui: SENDER, NNhan: '2026-11-20T08:00:00' };
export const OK_999: ContentOf<'999'> = { TBao: { ...technical, TTTNhan: '0' } };
export const ERROR_999: ContentOf<'999'> = {
  TBao: { ...technical, TTTNhan: '1', DSLDo: { LDo: [{ MLoi: '001', MTa: 'Sai định dạng' }] } },
};

export function check204(kind: string, more: object = {}): ContentOf<'204'> {
  return { TBao: { DLTBao: { MSo: '01/TB-KTDL', LTBao: kind, ...more } } };
}

export const INVALID_LIST =
  '<LHDKMa><DSHDon><HDon><KHMSHDon>1</KHMSHDon><KHHDon>C26TYY</KHHDon><SHDon>61</SHDon><DSLDo><LDo><MLoi>30005</MLoi><MTLoi>MST người mua không tồn tại</MTLoi><HDXLy>Kiểm tra lại</HDXLy><GChu>x</GChu></LDo></DSLDo></HDon></DSHDon></LHDKMa>';

export const NOTICE: ContentOf<'300'>['TBao'][number] = {
  DLTBao: {
    Id: 'notice-1',
    PBan: '2.1.0',
    MSo: '04/SS-HĐĐT',
    Ten: 'Thông báo hóa đơn điện tử có sai sót',
    Loai: '2',
    So: '123',
    NTBCCQT: '2026-11-19',
    MCQT: '10100',
    TCQT: 'Cục Thuế TP Hà Nội',
    TNNT: 'Quán Cà Phê',
    MST: '0104359717',
    MDVQHNSach: '1234567',
    DDanh: 'Hà Nội',
    NTBao: '2026-11-20',
    DSHDon: {
      HDon: [
        {
          STT: '1',
          MCQTCap: CODE,
          KHMSHDon: '1',
          KHHDon: 'C26TYY',
          SHDon: '61',
          Ngay: '2026-11-01',
          LADHDDT: '1',
          TCTBao: '4',
          LDo: 'Sai địa chỉ',
        },
        {
          STT: '2',
          KHMSHDon: '1',
          KHHDon: 'C26MYY',
          SHDon: '62',
          Ngay: '2026-11-01',
          LADHDDT: '1',
          TCTBao: '1',
          LDo: 'Sai tên',
        },
      ],
    },
  },
};
