import { Injectable } from '@nestjs/common';
import { JobHandler } from '@nx/queue';
import { AskProvider } from './ask-provider';

@Injectable()
export class AttemptProcessor {
  constructor(private readonly asking: AskProvider) {}

  @JobHandler('look-at-attempt')
  async look(data: { readonly attemptId: string }): Promise<void> {
    await this.asking.look(data.attemptId);
  }
}
