import { Body, Controller, Get, Inject, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, SelfScoped, type Actor } from '@nx/authz';
import type { Clock } from '@nx/contracts';
import { ApiProblems } from '@nx/http';
import { CLOCK } from '@nx/observability';
import type { Preferences } from './preferences';
import { NotificationPreferencesBody } from './preferences.dto';
import { PreferencesRepository } from './preferences.repository';

/** What the user whose token it is wants to be told about. */
@ApiTags('notifications')
@ApiBearerAuth()
@SelfScoped()
@Controller('notification-preferences')
export class PreferencesController {
  constructor(
    private readonly preferences: PreferencesRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Read what I want to be told about' })
  @ApiOkResponse({ type: NotificationPreferencesBody })
  find(@CurrentActor() actor: Actor): Promise<Preferences> {
    return this.preferences.find(actor.userId);
  }

  @Put()
  @ApiOperation({ summary: 'Replace what I want to be told about: muted types, quiet hours, language' })
  @ApiOkResponse({ type: NotificationPreferencesBody })
  @ApiProblems('request.invalid')
  async replace(@Body() body: NotificationPreferencesBody, @CurrentActor() actor: Actor): Promise<Preferences> {
    await this.preferences.store(actor.userId, body, new Date(this.clock.now()));
    return this.preferences.find(actor.userId);
  }
}
