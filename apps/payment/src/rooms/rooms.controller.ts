import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { Policy } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Internal } from '@nx/http';
import { FindRoom } from './find-room';

class RoomQuery {
  @ApiProperty({ example: 'payment/transactions/IQBapalCzY' })
  @Matches(/^payment\/transactions\/[A-Za-z0-9]{1,64}$/, { message: 'is payment/transactions/<id>' })
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
  constructor(private readonly rooms: FindRoom) {}

  @Get()
  @Internal()
  @Policy(Permission.RoomRead, { scope: 'none' })
  @ApiOperation({ summary: 'The merchant and organizer of a room' })
  @ApiOkResponse({ type: RoomView })
  @ApiProblems('payment.transaction.not_found')
  find(@Query() query: RoomQuery): Promise<RoomView> {
    return this.rooms.execute(query.name);
  }
}
