import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { RetryRefundRequest } from '../../refunds/refund.dto';

export class RetryFailedRefundRequest extends RetryRefundRequest {
  @ApiProperty({ example: 'the bank takes refunds again', minLength: 1, maxLength: 500 })
  @IsString()
  @Length(1, 500)
  @Matches(/\S/, { message: 'says why' })
  reason!: string;
}
