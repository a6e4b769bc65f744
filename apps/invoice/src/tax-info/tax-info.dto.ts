import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';

export class TaxCodeParam {
  @ApiProperty({ example: '0100109106' })
  @Matches(/^[0-9 .-]{1,20}$/, { message: 'must be a tax code' })
  taxCode!: string;
}

export class TaxCodeView {
  @ApiProperty({ example: '0100109106' })
  taxCode!: string;
  @ApiProperty({ enum: ['ENTERPRISE', 'BRANCH', 'PERSONAL'], example: 'ENTERPRISE' })
  kind!: string;
  @ApiProperty({ type: String, nullable: true, description: 'What a person should look at.' })
  warning!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'Tập đoàn Công nghiệp - Viễn thông Quân đội' })
  name!: string | null;
  @ApiProperty({ type: String, nullable: true })
  address!: string | null;
}

export class TaxFindingView {
  @ApiProperty({ example: 'INVALID_TAX_CODE' })
  code!: string;
  @ApiProperty({ example: 'the check digit is wrong' })
  detail!: string;
  @ApiProperty({ description: 'What the merchant record said.', example: '0100109107' })
  value!: string;
}

export class TaxInfoView {
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ type: String, nullable: true })
  organizerId!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '0100109106' })
  taxCode!: string | null;
  @ApiProperty({ type: String, nullable: true })
  fullName!: string | null;
  @ApiProperty({ type: String, nullable: true })
  address!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '01' })
  provinceCode!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '00004' })
  wardCode!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'DEDUCTION' })
  taxMethod!: string | null;
  @ApiProperty({ type: String, nullable: true })
  businessType!: string | null;
  @ApiProperty({ type: String, nullable: true })
  email!: string | null;
  @ApiProperty({ type: String, nullable: true })
  phone!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Instant of the source record.' })
  sourceTs!: string | null;
  @ApiProperty({ type: [TaxFindingView], description: 'Kept aside until the merchant corrects it.' })
  findings!: TaxFindingView[];
}
