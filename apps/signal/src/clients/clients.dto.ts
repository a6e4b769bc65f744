import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsString, Length } from 'class-validator';

export class ClientView {
  @ApiProperty({ example: '0b6f1c1e-6d0e-4f52-9f3e-0c9b8d6f2a11' })
  id!: string;

  @ApiProperty({ example: 'IQBapalCzY' })
  userId!: string;

  @ApiProperty({ type: [String], example: ['ws-default', 'signal/notification/IQBapalCzY'] })
  rooms!: readonly string[];

  @ApiProperty({ enum: ['websocket', 'socket.io'] })
  transport!: string;

  @ApiProperty({ description: 'The instance that holds the socket.' })
  instance!: string;

  @ApiProperty({ format: 'date-time' })
  connectedAt!: string;
}

export class ClientList {
  @ApiProperty({ example: 1, description: 'Clients of all instances, whatever the page.' })
  count!: number;

  @ApiProperty({ type: [ClientView] })
  clients!: ClientView[];

  @ApiProperty({ type: String, nullable: true, description: 'Cursor of the next page; null on the last.' })
  nextCursor!: string | null;
}

export class SocketStatus {
  @ApiProperty({ example: true, description: 'Whether this instance takes sockets and hears the bus.' })
  ready!: boolean;

  @ApiProperty({ example: 12, description: 'Authenticated sockets of this instance.' })
  count!: number;
}

export class SendRequest {
  @ApiProperty({ example: 'observation/helpdesk/ticket/updated', maxLength: 256 })
  @IsString()
  @Length(1, 256)
  topic!: string;

  @ApiPropertyOptional({ description: 'Any JSON value.', example: { ticketId: 'T-1' } })
  @Allow()
  data?: unknown;
}

export class SendAnswer {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ example: 'Message sent' })
  message!: string;

  @ApiProperty({ example: 3, description: 'Sockets that the message was handed to.' })
  delivered!: number;
}

export class DisconnectAnswer {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ example: 'Client disconnected' })
  message!: string;
}
