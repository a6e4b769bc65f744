import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OptionalMember } from '@nx/http';
import { IsIn, IsString, Matches, MaxLength } from 'class-validator';

const DIGITS = /^[0-9 .-]{1,20}$/;

/** Who stands on the invoice. Which members a kind needs is checked with the rest of its rules. */
export class BuyerRequest {
  @ApiProperty({ enum: ['COMPANY', 'PERSON', 'CONSUMER'], example: 'COMPANY' })
  @IsIn(['COMPANY', 'PERSON', 'CONSUMER'])
  kind!: 'COMPANY' | 'PERSON' | 'CONSUMER';

  @ApiPropertyOptional({ description: 'COMPANY: 10 digits, or 10 and a branch of 3.', example: '0100109106' })
  @OptionalMember()
  @Matches(DIGITS, { message: 'must be a tax code' })
  taxCode?: string;

  @ApiPropertyOptional({
    maxLength: 400,
    description: 'COMPANY',
    example: 'Tập đoàn Công nghiệp - Viễn thông Quân đội',
  })
  @OptionalMember()
  @IsString()
  @MaxLength(400)
  legalName?: string;

  @ApiPropertyOptional({ maxLength: 400, example: 'Lô D26, Cầu Giấy, Hà Nội' })
  @OptionalMember()
  @IsString()
  @MaxLength(400)
  address?: string;

  @ApiPropertyOptional({ maxLength: 100, description: 'COMPANY: the person who bought.' })
  @OptionalMember()
  @IsString()
  @MaxLength(100)
  contactName?: string;

  @ApiPropertyOptional({ maxLength: 20, description: 'COMPANY: code of a unit of the state budget.' })
  @OptionalMember()
  @IsString()
  @MaxLength(20)
  budgetUnitCode?: string;

  @ApiPropertyOptional({ maxLength: 100, description: 'PERSON' })
  @OptionalMember()
  @IsString()
  @MaxLength(100)
  name?: string;

  @ApiPropertyOptional({ description: 'PERSON: 12 digits.' })
  @OptionalMember()
  @Matches(DIGITS, { message: 'must be 12 digits' })
  personalId?: string;

  @ApiPropertyOptional({ maxLength: 254, example: 'ketoan@example.vn' })
  @OptionalMember()
  @IsString()
  @MaxLength(254)
  email?: string;

  @ApiPropertyOptional({ maxLength: 30 })
  @OptionalMember()
  @Matches(/^[0-9 +().-]{1,30}$/, { message: 'must be a phone number' })
  phone?: string;
}
