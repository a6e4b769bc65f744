import { Injectable } from '@nestjs/common';
import { JobHandler } from '@nx/queue';
import { ProcessIpn } from './process-ipn';

@Injectable()
export class IpnProcessor {
  constructor(private readonly process: ProcessIpn) {}

  @JobHandler('apply-ipn')
  apply(data: { readonly ipnId: string }): Promise<void> {
    return this.process.execute(data.ipnId);
  }
}
