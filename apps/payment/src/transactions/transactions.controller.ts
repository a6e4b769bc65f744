import { Controller, Get, Param, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission, TRANSACTION_STATUSES, type TransactionStatusCode } from '@nx/contracts';
import { ApiProblems, OptionalMember, PageQuery } from '@nx/http';
import { ReadTransactions } from './read-transactions';
import { Timeline, TimelineEntryView } from './timeline';
import { TransactionDetailView } from './transaction.view';

class TransactionQuery extends PageQuery {
  @ApiPropertyOptional({ enum: TRANSACTION_STATUSES })
  @OptionalMember()
  @IsIn(TRANSACTION_STATUSES)
  status?: TransactionStatusCode;

  @ApiPropertyOptional({ example: 'SaleOrder' })
  @OptionalMember()
  @IsString()
  @MaxLength(64)
  sourceType?: string;

  @ApiPropertyOptional()
  @OptionalMember()
  @IsString()
  @MaxLength(64)
  sourceId?: string;
}

class TransactionPage {
  @ApiProperty({ type: [TransactionDetailView] })
  data!: TransactionDetailView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

class TimelineQuery extends PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 200, description: 'Entries of one page.' })
  override limit: number = 200;
}

class TimelinePage {
  @ApiProperty({ type: [TimelineEntryView], description: 'In the order in which they happened.' })
  data!: TimelineEntryView[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Leads to the entries before these; null = there are none.',
  })
  nextCursor!: string | null;
}

@ApiTags('transactions')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('transactions')
export class TransactionsController {
  constructor(
    private readonly transactions: ReadTransactions,
    private readonly timelines: Timeline,
  ) {}

  @Get()
  @Policy(Permission.TransactionRead)
  @ApiOperation({ summary: "The merchant's transactions, newest first" })
  @ApiOkResponse({ type: TransactionPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: TransactionQuery, @CurrentActor() actor: Actor): Promise<TransactionPage> {
    return this.transactions.list(activeMerchant(actor).merchantId, query);
  }

  @Get(':id')
  @Policy(Permission.TransactionRead)
  @ApiOperation({ summary: 'One transaction with its attempts' })
  @ApiOkResponse({ type: TransactionDetailView })
  @ApiProblems('payment.transaction.not_found')
  get(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<TransactionDetailView> {
    return this.transactions.one(activeMerchant(actor).merchantId, id);
  }

  @Get(':id/timeline')
  @Policy(Permission.TransactionRead)
  @ApiOperation({
    summary: 'What one payment caused, in order, the newest page first, the invoices of its order included',
  })
  @ApiOkResponse({ type: TimelinePage })
  @ApiProblems('payment.transaction.not_found', 'request.invalid', 'request.cursor_invalid')
  timeline(
    @Param('id') id: string,
    @Query() query: TimelineQuery,
    @CurrentActor() actor: Actor,
  ): Promise<TimelinePage> {
    return this.timelines.execute(activeMerchant(actor).merchantId, id, query);
  }
}
