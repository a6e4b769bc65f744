import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PaymentWorld, Shop } from './payment-world.fixture';

const ANSWER_ORDER =
  'ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo TransactionType TransactionStatus OrderInfo PromotionCode PromotionAmount';

/** The answer to a refund signs two values less. */
const REFUND_ANSWER_ORDER = ANSWER_ORDER.replace(' PromotionCode PromotionAmount', '');

const hmac = (secret: string, text: string): string => createHmac('sha512', secret).update(text).digest('hex');

type Answered = Record<string, string> | null;

let terminals = 0;

/** VNPAY's gateway as far as payment meets it, written from the published rules without the engine's code. */
export class GatewayPeer {
  readonly tmnCode = `NXTM${String((terminals += 1)).padStart(4, '0')}`;
  readonly secret = `gateway secret of ${this.tmnCode}`;
  /** What the merchant API is asked, oldest first. */
  readonly asked: Record<string, string>[] = [];
  /** Members of the next answers, without `vnp_`; null = the answer never comes. */
  answer: (asked: Record<string, string>) => Answered | Promise<Answered> = () => ({ ResponseCode: '91' });
  private url = '';
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const asked = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
      this.asked.push(asked);
      const given = await this.answer(asked);
      if (given === null) return;
      const members: Record<string, string> = { TmnCode: this.tmnCode, TxnRef: asked['vnp_TxnRef'] ?? '', ...given };
      const order = asked['vnp_Command'] === 'refund' ? REFUND_ANSWER_ORDER : ANSWER_ORDER;
      const values = order.split(' ').map((name) => members[name] ?? '');
      const body = Object.fromEntries(Object.entries(members).map(([name, value]) => [`vnp_${name}`, value]));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...body, vnp_SecureHash: hmac(this.secret, values.join('|')) }));
    });
  });

  static async start(): Promise<GatewayPeer> {
    const peer = new GatewayPeer();
    await new Promise<void>((resolve) => peer.server.listen(0, '127.0.0.1', resolve));
    peer.url = `http://127.0.0.1:${(peer.server.address() as AddressInfo).port}`;
    return peer;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** Connects a merchant to this terminal. */
  async connect(world: PaymentWorld, shop: Shop, change: object = {}): Promise<void> {
    const created = await world.post(shop, '/configurations', {
      code: 'VNPAY_GATEWAY',
      tValue: {
        tmnCode: this.tmnCode,
        endpoints: { pay: `${this.url}/paymentv2/vpcpay.html`, api: `${this.url}/api` },
        returnUrl: 'https://shop.example/return',
        ...change,
      },
      credential: { hashSecret: this.secret },
    });
    if (created.status !== 201) throw new Error(`no configuration: ${created.text}`);
  }

  /** The query of an IPN or of the return address; a success of what the pay link asked for, unless changed. */
  notice(payUrl: string, change: Record<string, string> = {}, secret = this.secret): string {
    const asked = new URL(payUrl).searchParams;
    const members: Record<string, string> = {
      vnp_TmnCode: this.tmnCode,
      vnp_Amount: asked.get('vnp_Amount') ?? '',
      vnp_BankCode: 'NCB',
      vnp_BankTranNo: 'VNP14422574',
      vnp_CardType: 'ATM',
      vnp_OrderInfo: asked.get('vnp_OrderInfo') ?? '',
      vnp_PayDate: asked.get('vnp_CreateDate') ?? '',
      vnp_ResponseCode: '00',
      vnp_TransactionNo: String(14_000_000 + (Math.floor(performance.now() * 1000) % 1_000_000)),
      vnp_TransactionStatus: '00',
      vnp_TxnRef: asked.get('vnp_TxnRef') ?? '',
      ...change,
    };
    const sorted = new URLSearchParams(Object.entries(members).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return `${sorted}&vnp_SecureHash=${hmac(secret, sorted.toString())}`;
  }
}
