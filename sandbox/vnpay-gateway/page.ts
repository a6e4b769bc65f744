import QRCode from 'qrcode';
import { ENDING_NAMES } from './gateway';
import type { GatewayOrder } from './model';

const LABELS: Record<string, string> = {
  paid: 'Thanh toán',
  cancelled: 'Huỷ',
  failed: 'Không đủ số dư',
  expired: 'Hết hạn',
  suspicious: 'Nghi ngờ gian lận (07)',
  unfinished: 'Chưa hoàn tất (01)',
  reversed: 'Đảo giao dịch (04)',
};

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;background:#f2f5f9;color:#16202c;margin:0;display:grid;place-items:center;min-height:100vh}
main{background:#fff;border-radius:16px;box-shadow:0 8px 32px #16202c1f;padding:2rem;width:min(26rem,calc(100vw - 2rem));box-sizing:border-box;text-align:center}
img{width:12rem;height:12rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;text-align:left;margin:1rem 0}dt{color:#5b6b7d}dd{margin:0;text-align:right;overflow-wrap:anywhere}
.amount{font-size:2rem;font-weight:700}button{font:inherit;width:100%;padding:.7rem;margin:.25rem 0;border-radius:10px;border:1px solid #c6d0db;background:#fff;color:inherit;cursor:pointer}
button[value=paid]{background:#0a5cc5;border-color:#0a5cc5;color:#fff;font-weight:600}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}main{background:#161b22}button{background:#21262d;border-color:#30363d}dt{color:#9aa7b4}img{background:#fff;border-radius:8px}}`;

const frame = (title: string, content: string): string => `<!doctype html><html lang="vi"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${STYLE}</style></head><body><main>${content}</main></body></html>`;

/** The page on which the buyer pays: a QR of the order, and a button for each way in which it can end. */
export async function payPage(order: GatewayOrder, address: string): Promise<string> {
  const picture = await QRCode.toDataURL(address, { margin: 1, width: 384 });
  const facts = [
    ['Đơn hàng', order.txnRef],
    ['Nội dung', order.orderInfo],
    ['Điểm bán', order.tmnCode],
  ].map(([name, value]) => `<dt>${escaped(name ?? '')}</dt><dd>${escaped(value ?? '')}</dd>`);
  const buttons = ENDING_NAMES.map(
    (name) => `<button name="ending" value="${name}">${escaped(LABELS[name] ?? name)}</button>`,
  );
  return frame(
    'VNPAY (sandbox)',
    `<h1>Cổng thanh toán</h1><p class="amount">${(order.amount / 100).toLocaleString('vi-VN')} ₫</p><img alt="QR" src="${picture}">
<dl>${facts.join('')}</dl><form method="post" action="/paymentv2/confirm"><input type="hidden" name="txnRef" value="${escaped(order.txnRef)}">${buttons.join('')}</form>`,
  );
}

/** VNPAY's error page, with the code that its table gives. */
export function errorPage(code: string, words: string): string {
  return frame(
    'VNPAY (sandbox)',
    `<h1>Giao dịch không hợp lệ</h1><p class="amount">${escaped(code)}</p><p>${escaped(words)}</p>`,
  );
}
