import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CurrentActor, SelfScoped, type Actor } from '@nx/authz';
import { AppError } from '@nx/contracts';
import { ApiProblems, decodeCursor, page } from '@nx/http';
import { ChangeInbox } from './change-inbox';
import { NotificationRepository } from './notification.repository';
import { NotificationView } from './notification.view';
import {
  NotificationCount,
  NotificationPage,
  NotificationQuery,
  ReadAllAnswer,
  ReadAllRequest,
} from './notifications.dto';

/** The inbox of the user whose token it is; nobody can name another one. */
@ApiTags('notifications')
@ApiBearerAuth()
@SelfScoped()
@Controller('notifications')
export class NotificationsController {
  constructor(
    private readonly notifications: NotificationRepository,
    private readonly inbox: ChangeInbox,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List my notifications, newest first' })
  @ApiOkResponse({ type: NotificationPage })
  @ApiProblems('request.invalid', 'request.cursor_invalid')
  async list(@Query() query: NotificationQuery, @CurrentActor() actor: Actor): Promise<NotificationPage> {
    const { limit, unread, type } = query;
    const cursor = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.notifications.list(actor.userId, { unread, type, cursor, limit: limit + 1 });
    return page(rows, limit, ({ createdAt, id }) => ({ createdAtMs: Date.parse(createdAt), id }));
  }

  @Get('count')
  @ApiOperation({ summary: 'Count my notifications, all and unread' })
  @ApiOkResponse({ type: NotificationCount })
  count(@CurrentActor() actor: Actor): Promise<NotificationCount> {
    return this.notifications.count(actor.userId);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read one of my notifications' })
  @ApiParam({ name: 'id', example: 'IQBapalCzY' })
  @ApiOkResponse({ type: NotificationView })
  @ApiProblems('signal.notification.not_found')
  async find(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<NotificationView> {
    const notification = await this.notifications.find(actor.userId, id);
    if (notification !== undefined) return notification;
    throw new AppError({ code: 'signal.notification.not_found', detail: 'There is no such notification of yours.' });
  }

  @Patch('read-all')
  @ApiOperation({ summary: 'Mark all my notifications as read, or those up to a time' })
  @ApiOkResponse({ type: ReadAllAnswer })
  @ApiProblems('request.invalid')
  readAll(@Body() request: ReadAllRequest, @CurrentActor() actor: Actor): Promise<ReadAllAnswer> {
    return this.inbox.readAll(actor.userId, request.before);
  }

  @Patch(':id/read')
  @ApiOperation({ summary: 'Mark one of my notifications as read; repeating it changes nothing' })
  @ApiParam({ name: 'id', example: 'IQBapalCzY' })
  @ApiOkResponse({ type: NotificationView })
  @ApiProblems('signal.notification.not_found')
  read(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<NotificationView> {
    return this.inbox.read(actor.userId, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete one of my notifications' })
  @ApiParam({ name: 'id', example: 'IQBapalCzY' })
  @ApiNoContentResponse()
  @ApiProblems('signal.notification.not_found')
  remove(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    return this.inbox.remove(actor.userId, id);
  }
}
