import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';

/** This process among the instances of signal: the `serverId` of its bus messages. */
@Injectable()
export class Instance {
  readonly id = randomUUID();
}
