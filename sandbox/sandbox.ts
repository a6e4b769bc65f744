import { MerchantTable } from './commerce/merchant-table';
import { Faults } from './faults/faults';
import { Outgoing } from './faults/outgoing';
import { SigningKeys } from './identity/signing-keys';
import { Sale } from './sale/sale';
import type { SandboxSettings } from './settings';
import { Database } from './shared/database';
import { KafkaOutlet } from './shared/kafka';
import { TruthRecord } from './shared/record';
import { InvoiceVendor } from './vnpay-invoice/invoice-vendor';
import { Gateway } from './vnpay-gateway/gateway';
import { QrMms } from './vnpay-qr-mms/qr-mms';

/** What `PUT /settings` may change while the sandbox runs. */
export interface RuntimeSettings {
  paymentUrl: string | undefined;
  invoiceUrl: string | undefined;
  signalUrl: string | undefined;
  /** Tokens come with encrypted claims unless the request says otherwise. */
  encryptedClaims: 'cbc' | 'gcm' | undefined;
  /** Our own rule for an unanswered QR-MMS callback; the real one is not published. */
  callbackTries: number;
  callbackRetryMs: number;
  callbackTimeoutMs: number;
  /** The gateway's published rule: ten calls, five minutes apart. */
  gatewayIpnTries: number;
  gatewayIpnRetryMs: number;
  gatewayQueryPauseMs: number;
  gatewayRefundMs: number;
  /** The e-invoice vendor refuses members that its protocol does not name. */
  invoiceRefusesUnknownMembers: boolean;
  invoiceTokenLifetimeMs: number;
}

function runtimeFrom(settings: SandboxSettings): RuntimeSettings {
  return {
    paymentUrl: settings.paymentUrl,
    invoiceUrl: settings.invoiceUrl,
    signalUrl: settings.signalUrl,
    encryptedClaims: undefined,
    callbackTries: 5,
    callbackRetryMs: 5_000,
    callbackTimeoutMs: 10_000,
    gatewayIpnTries: 10,
    gatewayIpnRetryMs: 300_000,
    gatewayQueryPauseMs: 300_000,
    gatewayRefundMs: 2_000,
    invoiceRefusesUnknownMembers: true,
    invoiceTokenLifetimeMs: 1_800_000,
  };
}

/** Everything the neighbours share: settings, the record of the truth, the outer servers. */
export class Sandbox {
  readonly stop = new AbortController();
  readonly runtime: RuntimeSettings;
  readonly truth: TruthRecord;
  readonly faults: Faults;
  readonly keys: SigningKeys;
  readonly database: Database;
  readonly kafka: KafkaOutlet;
  readonly merchants: MerchantTable;
  readonly qrMms: QrMms;
  readonly gateway: Gateway;
  readonly invoices: InvoiceVendor;
  readonly sale: Sale;
  readonly paymentSuccessTopic: string;

  constructor(readonly settings: SandboxSettings) {
    const { signal } = this.stop;
    this.runtime = runtimeFrom(settings);
    this.paymentSuccessTopic =
      settings.topicPrefix === '' ? 'payment.success' : `${settings.topicPrefix}.payment.success`;
    this.truth = new TruthRecord(settings.truthFile);
    this.faults = new Faults(settings.seed);
    this.keys = new SigningKeys(settings.seed);
    this.database = new Database(settings.postgresUrl, signal);
    this.kafka = new KafkaOutlet(
      settings.kafkaBrokers,
      [
        { topic: settings.cdcTopic, numPartitions: 1 },
        { topic: this.paymentSuccessTopic, numPartitions: 6 },
      ],
      signal,
    );
    this.merchants = new MerchantTable({
      truth: this.truth,
      database: this.database,
      kafka: this.kafka,
      faults: this.faults,
      outgoing: new Outgoing(signal),
      topic: settings.cdcTopic,
    });
    this.qrMms = new QrMms(this.truth, this.faults, this.runtime, new Outgoing(signal), signal);
    this.gateway = new Gateway(this.truth, this.faults, this.runtime, new Outgoing(signal), signal);
    this.invoices = new InvoiceVendor(this.truth, this.runtime);
    this.sale = new Sale({
      truth: this.truth,
      kafka: this.kafka,
      faults: this.faults,
      outgoing: new Outgoing(signal),
      topic: this.paymentSuccessTopic,
    });
  }

  /** Begins to reach for PostgreSQL and Kafka; neither needs to be there. */
  start(): void {
    this.kafka.start();
    void this.database.keepTrying(() => this.merchants.prepare());
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.kafka.close();
    await this.database.close();
  }
}
