import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Policy } from '@nx/authz';
import { AppError, Permission } from '@nx/contracts';
import { ApiProblems, Internal } from '@nx/http';
import { Matches } from 'class-validator';
import { InvoiceRepository } from '../invoices/invoice.repository';

class RoomQuery {
  @ApiProperty({ example: 'invoice/invoices/IQBapalCzY' })
  @Matches(/^invoice\/invoices\/[A-Za-z0-9]{1,64}$/, { message: 'is invoice/invoices/<id>' })
  name!: string;
}

class RoomView {
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ type: String, nullable: true })
  organizerId!: string | null;
}

/** Tells the realtime edge whose a room is. */
@ApiTags('internal')
@Controller('/internal/api/rooms')
export class RoomsController {
  constructor(private readonly invoices: InvoiceRepository) {}

  @Get()
  @Internal()
  @Policy(Permission.RoomRead, { scope: 'none' })
  @ApiOperation({ summary: 'The merchant and organizer of a room' })
  @ApiOkResponse({ type: RoomView })
  @ApiProblems('invoice.invoice.not_found')
  async find(@Query() { name }: RoomQuery): Promise<RoomView> {
    const invoice = await this.invoices.find(name.split('/')[2] ?? '');
    if (invoice === undefined) {
      throw new AppError({ code: 'invoice.invoice.not_found', detail: 'There is no such room.' });
    }
    return { merchantId: invoice.merchantId, organizerId: invoice.organizerId };
  }
}
