import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { SelfScoped } from '@nx/authz';
import { AppError } from '@nx/contracts';
import { ApiProblems } from '@nx/http';
import { Database } from '@nx/persistence';
import { Matches } from 'class-validator';

class ProvinceParam {
  @ApiProperty({ example: '01' })
  @Matches(/^\d{1,6}$/, { message: 'is no code' })
  code!: string;
}

class ProvinceView {
  @ApiProperty({ description: 'Text: leading zeros count.', example: '01' })
  code!: string;
  @ApiProperty({ example: 'Thành phố Hà Nội' })
  name!: string;
  @ApiProperty({ example: 'Hà Nội' })
  shortName!: string;
}

class ProvinceList {
  @ApiProperty({ type: [ProvinceView] })
  data!: ProvinceView[];
}

class CommuneView {
  @ApiProperty({ example: '00004' })
  code!: string;
  @ApiProperty({ example: 'Phường Ba Đình' })
  name!: string;
  @ApiProperty({ example: '01' })
  provinceCode!: string;
}

class CommuneList {
  @ApiProperty({ type: [CommuneView] })
  data!: CommuneView[];
}

/** The two tiers since 2025-07-01; the lists are small and come whole. */
@ApiTags('vn-provinces')
@ApiBearerAuth()
@SelfScoped()
@Controller('vn-provinces')
export class AdministrativeUnitsController {
  constructor(private readonly database: Database) {}

  @Get()
  @ApiOperation({ summary: 'The 34 provinces and cities' })
  @ApiOkResponse({ type: ProvinceList })
  async provinces(): Promise<ProvinceList> {
    const data = await this.database.query<ProvinceView>(
      `SELECT code, name, short_name AS "shortName" FROM "Province" ORDER BY code`,
    );
    return { data };
  }

  @Get(':code/communes')
  @ApiOperation({ summary: 'Communes of a province' })
  @ApiOkResponse({ type: CommuneList })
  @ApiProblems('invoice.province.not_found')
  async communes(@Param() { code }: ProvinceParam): Promise<CommuneList> {
    const data = await this.database.query<CommuneView>(
      `SELECT code, name, province_code AS "provinceCode" FROM "Commune" WHERE province_code = $1 ORDER BY code`,
      [code],
    );
    if (data.length > 0) return { data };
    throw new AppError({ code: 'invoice.province.not_found', detail: 'There is no such province.' });
  }
}
