import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { Answer, ApiProblems, Internal, Once, OnceKey, type OnceRequest } from '@nx/http';
import { ApprovalRequired } from '../approvals/approval.dto';
import { FreezePage, FreezeQuery, FreezeView, LiftFreezeRequest, SetFreezeRequest } from './freeze.dto';
import { LiftFreeze } from './lift-freeze';
import { ReadFreezes } from './read-freezes';
import { SetFreeze } from './set-freeze';

const OPERATORS = { scope: 'operator' } as const;

/** What operators stop and let go on. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/freezes')
export class FreezesController {
  constructor(
    private readonly freezes: ReadFreezes,
    private readonly setting: SetFreeze,
    private readonly lifting: LiftFreeze,
  ) {}

  @Get()
  @Policy(Permission.FreezeRead, OPERATORS)
  @ApiOperation({ summary: 'Freezes, newest first' })
  @ApiOkResponse({ type: FreezePage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: FreezeQuery): Promise<FreezePage> {
    return this.freezes.list(query);
  }

  @Get(':id')
  @Policy(Permission.FreezeRead, OPERATORS)
  @ApiOperation({ summary: 'One freeze' })
  @ApiOkResponse({ type: FreezeView })
  @ApiProblems('payment.freeze.not_found')
  one(@Param('id') id: string): Promise<FreezeView> {
    return this.freezes.one(id);
  }

  @Post()
  @Policy(Permission.FreezeExecute, OPERATORS)
  @Once('payment.freeze.set')
  @ApiOperation({ summary: 'Stop something: when this has answered, nothing that it stops commits any more' })
  @ApiCreatedResponse({ type: FreezeView })
  @ApiProblems('service.unavailable')
  set(
    @Body() request: SetFreezeRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<FreezeView> {
    return this.setting.execute(request, actor.userId, key);
  }

  @Post(':id/lift')
  @HttpCode(200)
  @Policy(Permission.FreezeExecute, OPERATORS)
  @Once('payment.freeze.lift')
  @ApiOperation({ summary: 'Let it go on, when a second person has approved' })
  @ApiOkResponse({ type: FreezeView })
  @ApiAcceptedResponse({ type: ApprovalRequired, description: 'A second person has to approve first.' })
  @ApiProblems(
    'payment.freeze.not_found',
    'payment.freeze.not_active',
    'payment.approval.not_found',
    'payment.approval.person_required',
    'payment.approval.not_approved',
    'payment.approval.expired',
    'payment.approval.used',
    'payment.approval.payload_differs',
  )
  lift(
    @Param('id') id: string,
    @Body() request: LiftFreezeRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<FreezeView | Answer<ApprovalRequired>> {
    return this.lifting.execute(id, request, actor, key);
  }
}

/** The same for the machine itself, which may stop things and lifts nothing. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/payment/operations/freezes')
export class InternalFreezesController extends FreezesController {}
