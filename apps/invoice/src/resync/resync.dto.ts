import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OptionalMember } from '@nx/http';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsString, Length } from 'class-validator';
import { MOST_DIFFERENCES, RESYNC_STATES, type Resync, type ResyncState } from './resync';

export class ResyncRequest {
  @ApiPropertyOptional({ type: [String], minItems: 1, maxItems: 500, description: 'Left out: all of the feed.' })
  @OptionalMember()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @IsString({ each: true })
  @Length(1, 64, { each: true })
  merchantIds?: string[];

  @ApiPropertyOptional({ default: false, description: 'Compares and changes nothing.' })
  @OptionalMember()
  @IsBoolean()
  dryRun?: boolean;

  @ApiProperty({ minLength: 3, maxLength: 500, example: 'Records were lost while the topic was restored' })
  @IsString()
  @Length(3, 500)
  reason!: string;
}

export class DifferenceView {
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ type: [String], description: 'What differs, without its values.', example: ['taxCode', 'address'] })
  members!: string[];
}

export class ResyncView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty({ enum: RESYNC_STATES })
  state!: ResyncState;
  @ApiProperty({ type: [String], nullable: true })
  merchantIds!: string[] | null;
  @ApiProperty()
  dryRun!: boolean;
  @ApiProperty()
  reason!: string;
  @ApiProperty()
  requestedBy!: string;
  @ApiProperty({ type: [String], description: 'Names of the feed that were read.' })
  topics!: string[];
  @ApiProperty({ description: 'Records read so far.', example: 12_000 })
  records!: number;
  @ApiProperty({ description: "Records that are none of the connector's." })
  unreadable!: number;
  @ApiProperty({ description: 'Offsets at the end for which the brokers gave nothing.' })
  unread!: number;
  @ApiProperty({ description: 'Merchants whose newest record was not what was stored.' })
  differing!: number;
  @ApiProperty({ description: 'Merchants that were changed.' })
  changed!: number;
  @ApiProperty({ type: [DifferenceView], description: `The first ${MOST_DIFFERENCES}.` })
  differences!: DifferenceView[];
  @ApiProperty({ type: [String], description: 'Asked for, and the feed has no tax data of them.' })
  missing!: string[];
  @ApiProperty({ type: String, nullable: true })
  error!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: string | null;
}

export class ResyncList {
  @ApiProperty({ type: [ResyncView] })
  data!: ResyncView[];
}

export const resyncView = (resync: Resync): ResyncView => ({
  id: resync.id,
  state: resync.state,
  merchantIds: resync.merchantIds === null ? null : [...resync.merchantIds],
  dryRun: resync.dryRun,
  reason: resync.reason,
  requestedBy: resync.requestedBy,
  topics: [...resync.topics],
  records: resync.records,
  unreadable: resync.unreadable,
  unread: resync.unread,
  differing: resync.differing,
  changed: resync.changed,
  differences: resync.differences.map(({ merchantId, members }) => ({ merchantId, members: [...members] })),
  missing: [...resync.missing],
  error: resync.error,
  createdAt: resync.createdAt.toISOString(),
  finishedAt: resync.finishedAt?.toISOString() ?? null,
});
