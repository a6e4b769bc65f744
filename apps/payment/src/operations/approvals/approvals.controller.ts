import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Internal, Once, OnceKey, type OnceRequest } from '@nx/http';
import { ApprovalPage, ApprovalQuery, ApprovalView, ReasonRequest } from './approval.dto';
import { DecideApproval } from './decide-approval';
import { ReadApprovals } from './read-approvals';

const OPERATORS = { scope: 'operator' } as const;

/** What waits for a second person. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/approvals')
export class ApprovalsController {
  constructor(
    private readonly approvals: ReadApprovals,
    private readonly deciding: DecideApproval,
  ) {}

  @Get()
  @Policy(Permission.ApprovalRead, OPERATORS)
  @ApiOperation({ summary: 'Requests for a second person, newest first' })
  @ApiOkResponse({ type: ApprovalPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: ApprovalQuery): Promise<ApprovalPage> {
    return this.approvals.list(query);
  }

  @Get(':id')
  @Policy(Permission.ApprovalRead, OPERATORS)
  @ApiOperation({ summary: 'One request with its exact payload' })
  @ApiOkResponse({ type: ApprovalView })
  @ApiProblems('payment.approval.not_found')
  one(@Param('id') id: string): Promise<ApprovalView> {
    return this.approvals.one(id);
  }

  @Post(':id/approve')
  @HttpCode(200)
  @Policy(Permission.ApprovalExecute, OPERATORS)
  @Once('payment.approval.approve')
  @ApiOperation({ summary: 'Allow it, as the second person; then he who asked sends his request again' })
  @ApiOkResponse({ type: ApprovalView })
  @ApiProblems(
    'payment.approval.not_found',
    'payment.approval.own',
    'payment.approval.person_required',
    'payment.approval.not_pending',
  )
  approve(
    @Param('id') id: string,
    @Body() request: ReasonRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<ApprovalView> {
    return this.deciding.execute(id, 'APPROVED', request.reason, actor, key);
  }

  @Post(':id/reject')
  @HttpCode(200)
  @Policy(Permission.ApprovalExecute, OPERATORS)
  @Once('payment.approval.reject')
  @ApiOperation({ summary: 'Refuse it, or withdraw your own' })
  @ApiOkResponse({ type: ApprovalView })
  @ApiProblems('payment.approval.not_found', 'payment.approval.person_required', 'payment.approval.not_pending')
  reject(
    @Param('id') id: string,
    @Body() request: ReasonRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<ApprovalView> {
    return this.deciding.execute(id, 'REJECTED', request.reason, actor, key);
  }
}

/** The same for the machine itself, which may look and decides nothing. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/payment/operations/approvals')
export class InternalApprovalsController extends ApprovalsController {}
