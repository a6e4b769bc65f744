import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OptionalMember, PageQuery } from '@nx/http';
import { Type } from 'class-transformer';
import { IsIn, IsString, Length, Matches, MaxLength, ValidateNested } from 'class-validator';
import { SALE_ORDER, SOURCE_TYPES } from '../invoices/invoice';
import { ClaimView } from '../invoices/invoice.view';
import { BuyerRequest } from '../providers/buyer.dto';

export class TokenParam {
  @ApiProperty({ maxLength: 64, example: '0b7c1a52-8d4e-8c11-9f3a-2b6d5e4f7a80' })
  @IsString()
  @MaxLength(64)
  token!: string;
}

/** What the buyer's page shows: no id, no buyer, no full number. */
export class ClaimPageView {
  @ApiProperty({ example: 'PENDING' })
  state!: string;
  @ApiProperty({ type: String, nullable: true })
  deadline!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'Công ty Thử' })
  sellerName!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Only its end.', example: '…0123' })
  saleNumber!: string | null;
  @ApiProperty({ example: 107000 })
  total!: number;
  @ApiProperty({ example: 'VND' })
  currency!: string;
  @ApiProperty({ example: 2 })
  itemCount!: number;
  @ApiProperty()
  paidAt!: string;
}

export class ClaimedView {
  @ApiProperty({ example: 'CLAIMED' })
  state!: string;
  @ApiProperty({ type: String, nullable: true })
  claimedAt!: string | null;
}

export class RequestQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ['PENDING', 'CLAIMED', 'EXPIRED'] })
  @OptionalMember()
  @IsIn(['PENDING', 'CLAIMED', 'EXPIRED'])
  state?: string;

  @ApiPropertyOptional({ maxLength: 64 })
  @OptionalMember()
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'is no id' })
  sourceId?: string;
}

export class CreateRequestRequest {
  @ApiPropertyOptional({ enum: SOURCE_TYPES, default: SALE_ORDER })
  @OptionalMember()
  @IsIn(SOURCE_TYPES)
  sourceType?: string;

  @ApiProperty({ maxLength: 64, description: 'Id of the sale; it may still be unpaid.', example: 'IQBapalCzY' })
  @IsString()
  @Length(1, 64)
  @Matches(/^[A-Za-z0-9_-]+$/, { message: 'is no id' })
  sourceId!: string;

  @ApiProperty({ type: BuyerRequest })
  @ValidateNested()
  @Type(() => BuyerRequest)
  buyer!: BuyerRequest;
}

export class RequestView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ example: '001_SALE_ORDER' })
  sourceType!: string;
  @ApiProperty()
  sourceId!: string;
  @ApiProperty({ type: String, nullable: true })
  invoiceId!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  buyer!: object | null;
  @ApiProperty({ type: ClaimView, nullable: true })
  claim!: ClaimView | null;
  @ApiProperty()
  createdAt!: string;
}

export class RequestPage {
  @ApiProperty({ type: [RequestView] })
  data!: RequestView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
