import type { ReturnView } from './receive-return';

const TEXTS: Readonly<Record<ReturnView['state'], readonly [title: string, vi: string, en: string]>> = {
  PAID: ['Đã thanh toán', 'Chúng tôi đã nhận được thanh toán của bạn.', 'We have received your payment.'],
  NOT_PAID: [
    'Chưa thanh toán',
    'Giao dịch không thành công; bạn có thể thử lại tại quầy hoặc trên trang của người bán.',
    'The payment did not go through; try again with the seller.',
  ],
  CONFIRMING: [
    'Đang xác nhận',
    'Chúng tôi đang chờ ngân hàng xác nhận. Vui lòng không thanh toán lại.',
    'We are waiting for the bank to confirm. Please do not pay again.',
  ],
  INVALID: ['Không hợp lệ', 'Đường dẫn này không hợp lệ.', 'This address is not valid.'],
};

const STYLE = `body{font:17px/1.5 system-ui,sans-serif;display:grid;place-items:center;min-height:100vh;margin:0;background:#f2f5f9;color:#16202c}
main{background:#fff;border-radius:16px;box-shadow:0 8px 32px #16202c1f;padding:2rem;width:min(26rem,calc(100vw - 2rem));box-sizing:border-box;text-align:center}
small{color:#5b6b7d}@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}main{background:#161b22}small{color:#9aa7b4}}`;

/**
 * What the buyer sees after the pay page, without a script. While nothing is proven it looks again by itself. The
 * reference is one of ours, so it has no sign that HTML knows.
 */
export const returnPage = (view: ReturnView): string => {
  const [title, vi, en] = TEXTS[view.state];
  const again = view.state === 'CONFIRMING' ? '<meta http-equiv="refresh" content="5">' : '';
  const reference = view.state === 'INVALID' ? '' : `<p><small>${view.reference}</small></p>`;
  return `<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">${again}<title>${title}</title><style>${STYLE}</style></head>
<body><main><h1>${title}</h1><p>${vi}</p><p lang="en"><small>${en}</small></p>${reference}</main></body></html>`;
};
