import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, Public, type Actor } from '@nx/authz';
import { invalidField, Permission } from '@nx/contracts';
import { ApiProblems, decodeCursor, PageQuery } from '@nx/http';
import { HealthRegistry } from '@nx/observability';
import { isRoomName } from '../stream/room-name';
import { SessionRegistry } from '../stream/session-registry';
import { ClientList, ClientView, DisconnectAnswer, SendAnswer, SendRequest, SocketStatus } from './clients.dto';
import { ManageClients } from './manage-clients';

const OPERATORS = { scope: 'operator' } as const;
const sent = (delivered: number): SendAnswer => ({ success: true, message: 'Message sent', delivered });

/** Sockets of all instances, for operators. Every call but the status is audited. */
@ApiTags('socket clients')
@ApiBearerAuth()
@Controller('socket/websocket/clients')
export class ClientsController {
  constructor(
    private readonly clients: ManageClients,
    private readonly sessions: SessionRegistry,
    private readonly health: HealthRegistry,
  ) {}

  @Get('status')
  @Public('says only whether the socket server is ready and how many sockets it holds')
  @ApiOperation({ summary: 'Status of the socket server' })
  @ApiOkResponse({ type: SocketStatus })
  async status(): Promise<SocketStatus> {
    return { ready: (await this.health.ready()).ok, count: this.sessions.readyCount() };
  }

  @Get()
  @Policy(Permission.SocketRead, OPERATORS)
  @ApiOperation({ summary: 'List the clients of all instances, oldest first' })
  @ApiOkResponse({ type: ClientList })
  @ApiProblems('request.invalid', 'request.cursor_invalid')
  list(@Query() query: PageQuery, @CurrentActor() actor: Actor): Promise<ClientList> {
    const cursor = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    return this.clients.list(actor, query.limit, cursor);
  }

  @Get(':clientId')
  @Policy(Permission.SocketRead, OPERATORS)
  @ApiOperation({ summary: 'Read one client' })
  @ApiParam({ name: 'clientId' })
  @ApiOkResponse({ type: ClientView })
  @ApiProblems('signal.client.not_found')
  find(@Param('clientId') clientId: string, @CurrentActor() actor: Actor): Promise<ClientView> {
    return this.clients.find(actor, clientId);
  }

  @Post('broadcast')
  @HttpCode(200)
  @Policy(Permission.SocketExecute, OPERATORS)
  @ApiOperation({ summary: 'Send a message to every client' })
  @ApiOkResponse({ type: SendAnswer })
  @ApiProblems('request.invalid')
  async broadcast(@Body() request: SendRequest, @CurrentActor() actor: Actor): Promise<SendAnswer> {
    return sent(await this.clients.broadcast(actor, request));
  }

  @Post('rooms/:roomName/send')
  @HttpCode(200)
  @Policy(Permission.SocketExecute, OPERATORS)
  @ApiOperation({ summary: 'Send a message to a room' })
  @ApiParam({ name: 'roomName', description: 'URL-encoded.', example: 'signal%2Fnotification%2FIQBapalCzY' })
  @ApiOkResponse({ type: SendAnswer })
  @ApiProblems('request.invalid')
  async sendToRoom(
    @Param('roomName') roomName: string,
    @Body() request: SendRequest,
    @CurrentActor() actor: Actor,
  ): Promise<SendAnswer> {
    if (!isRoomName(roomName)) throw invalidField('request.invalid', '/roomName', 'is no name of a room');
    return sent(await this.clients.sendToRoom(actor, roomName, request));
  }

  @Post(':clientId/send')
  @HttpCode(200)
  @Policy(Permission.SocketExecute, OPERATORS)
  @ApiOperation({ summary: 'Send a message to one client' })
  @ApiParam({ name: 'clientId' })
  @ApiOkResponse({ type: SendAnswer })
  @ApiProblems('request.invalid', 'signal.client.not_found')
  async send(
    @Param('clientId') clientId: string,
    @Body() request: SendRequest,
    @CurrentActor() actor: Actor,
  ): Promise<SendAnswer> {
    return sent(await this.clients.sendToClient(actor, clientId, request));
  }

  @Post(':clientId/disconnect')
  @HttpCode(200)
  @Policy(Permission.SocketExecute, OPERATORS)
  @ApiOperation({ summary: 'Disconnect one client' })
  @ApiParam({ name: 'clientId' })
  @ApiOkResponse({ type: DisconnectAnswer })
  @ApiProblems('signal.client.not_found')
  async disconnect(@Param('clientId') clientId: string, @CurrentActor() actor: Actor): Promise<DisconnectAnswer> {
    await this.clients.disconnect(actor, clientId);
    return { success: true, message: 'Client disconnected' };
  }
}
