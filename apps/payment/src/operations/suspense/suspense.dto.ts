import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Length, MaxLength } from 'class-validator';
import { OptionalMember, PageQuery } from '@nx/http';
import { WithEvidence } from '../resolutions/evidence.dto';

export class SuspenseQuery extends PageQuery {
  @ApiPropertyOptional()
  @OptionalMember()
  @IsString()
  @MaxLength(64)
  merchantId?: string;

  @ApiPropertyOptional({ enum: ['true', 'false'], default: 'true', description: 'Only what still waits.' })
  @OptionalMember()
  @IsIn(['true', 'false'])
  waiting?: 'true' | 'false';
}

export class MatchSuspenseRequest extends WithEvidence {
  @ApiProperty({ description: 'Id or uid of the attempt that the money was meant for.' })
  @IsString()
  @Length(1, 64)
  declare attemptId: string;
}

export class SuspenseView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ type: String, nullable: true })
  transactionId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Absent = it names no attempt of ours.' })
  attemptId!: string | null;
  @ApiProperty({ example: 'VNPAY_QR_MMS' })
  provider!: string;
  @ApiProperty({ example: '14999001' })
  providerReference!: string;
  @ApiProperty({ example: 100000 })
  amount!: number;
  @ApiProperty({ example: 0, description: 'Came to count for a sale.' })
  accepted!: number;
  @ApiProperty({ example: 0, description: 'Went back, or is on its way.' })
  refunded!: number;
  @ApiProperty({ example: 0, description: 'Taken back by the provider.' })
  reversed!: number;
  @ApiProperty({ example: 100000, description: 'Still waits.' })
  left!: number;
  @ApiProperty({ example: 'VND' })
  currency!: string;
  @ApiProperty({ example: 'LATE_SUCCESS' })
  reason!: string;
  @ApiProperty({ type: String, nullable: true })
  findingId!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it goes back by itself, as the merchant wants it; null = a person decides.',
  })
  autoRefundAt!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
}

export class SuspensePage {
  @ApiProperty({ type: [SuspenseView] })
  data!: SuspenseView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
