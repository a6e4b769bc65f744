import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { CorrectionCause } from '@nx/e-invoice';
import { OptionalMember } from '@nx/http';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { InvoiceItemRequest } from '../invoices/invoice.dto';
import { BuyerRequest } from '../providers/buyer.dto';
import { CORRECTION_CAUSES } from './judge-correction';

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const DECIMAL = /^\d{1,15}(\.\d{1,6})?$/;
const LARGEST = 999_999_999_999;

class CorrectionRequest {
  @ApiProperty({ enum: CORRECTION_CAUSES, description: 'Why: the law ties the way of correcting to it.' })
  @IsIn(CORRECTION_CAUSES)
  cause!: CorrectionCause;

  @ApiProperty({ minLength: 3, maxLength: 255, description: 'For buyer and tax authority.', example: 'Khách trả 1 ly' })
  @IsString()
  @Length(3, 255)
  reason!: string;
}

export class AdjustLineRequest {
  @ApiPropertyOptional({ minimum: 1, description: 'Line of the invoice.', example: 1 })
  @OptionalMember()
  @IsInt()
  @Min(1)
  @Max(1000)
  ordinal?: number;

  @ApiPropertyOptional({ maxLength: 64, description: "In place of ordinal: sale's id of the item." })
  @OptionalMember()
  @Matches(ID, { message: 'is no id' })
  itemId?: string;

  @ApiPropertyOptional({ description: 'Goods that come back, decimal text.', example: '1' })
  @OptionalMember()
  @Matches(DECIMAL, { message: 'must be a decimal as text' })
  quantity?: string;

  @ApiPropertyOptional({
    description: 'In place of quantity: đồng with tax inside, below zero taken off, above zero put on top.',
    example: -10000,
  })
  @OptionalMember()
  @IsInt()
  @Min(-LARGEST)
  @Max(LARGEST)
  amount?: number;
}

export class AdjustInvoiceRequest extends CorrectionRequest {
  @ApiPropertyOptional({ type: [AdjustLineRequest], description: 'Everything that is left where it is not given.' })
  @OptionalMember()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => AdjustLineRequest)
  lines?: AdjustLineRequest[];

  @ApiPropertyOptional({
    maxLength: 64,
    description: "Sale's id of the return: repeated, it is the first adjustment again.",
    example: 'IQBapalCzX',
  })
  @OptionalMember()
  @Matches(ID, { message: 'is no id' })
  reference?: string;

  @ApiPropertyOptional({ maxLength: 64, description: "Account and series; else the original's." })
  @OptionalMember()
  @Matches(ID, { message: 'is no id' })
  invoiceProviderConfigId?: string;
}

export class ReplaceInvoiceRequest extends CorrectionRequest {
  @ApiPropertyOptional({ type: [InvoiceItemRequest], description: 'The whole sale as it should have been.' })
  @OptionalMember()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => InvoiceItemRequest)
  items?: InvoiceItemRequest[];

  @ApiPropertyOptional({ minimum: 0, default: 0, description: 'Discount of the whole sale, in đồng.' })
  @OptionalMember()
  @IsInt()
  @Min(0)
  @Max(LARGEST)
  orderDiscount?: number;

  @ApiPropertyOptional({ minimum: 0, description: 'With items: what the buyer pays, in đồng.', example: 90000 })
  @OptionalMember()
  @IsInt()
  @Min(0)
  @Max(LARGEST)
  total?: number;

  @ApiPropertyOptional({ type: BuyerRequest, description: 'Who should have stood on it.' })
  @OptionalMember()
  @ValidateNested()
  @Type(() => BuyerRequest)
  buyer?: BuyerRequest;

  @ApiPropertyOptional({ enum: ['CASH', 'TRANSFER', 'CASH_OR_TRANSFER'] })
  @OptionalMember()
  @IsIn(['CASH', 'TRANSFER', 'CASH_OR_TRANSFER'])
  paymentMethod?: 'CASH' | 'TRANSFER' | 'CASH_OR_TRANSFER';

  @ApiPropertyOptional({ maxLength: 64, description: "Account and series; else the original's." })
  @OptionalMember()
  @Matches(ID, { message: 'is no id' })
  invoiceProviderConfigId?: string;
}

export class ErrorNoticeRequest extends CorrectionRequest {}
