import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Internal, Once, OnceKey, type OnceRequest } from '@nx/http';
import { IdParam } from '../providers/provider.dto';
import {
  AssignFindingRequest,
  FindingPage,
  FindingQuery,
  FindingView,
  OperatorFindingQuery,
  ResolveFindingRequest,
} from './finding.dto';
import { ManageFindings } from './manage-findings';

const OPERATORS = { scope: 'operator' } as const;

/** A merchant's own findings, to read. */
@ApiTags('findings')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('invoices/findings')
export class MerchantFindingsController {
  constructor(private readonly findings: ManageFindings) {}

  @Get()
  @Policy(Permission.InvoiceFindingRead)
  @ApiOperation({ summary: "What a person has to look at among the merchant's invoices, newest first" })
  @ApiOkResponse({ type: FindingPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: FindingQuery, @CurrentActor() actor: Actor): Promise<FindingPage> {
    return this.findings.list(query, activeMerchant(actor).merchantId);
  }
}

/** Findings of all merchants, for operators. Every change is audited. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/findings')
export class OperatorFindingsController {
  constructor(private readonly findings: ManageFindings) {}

  @Get()
  @Policy(Permission.InvoiceFindingRead, OPERATORS)
  @ApiOperation({ summary: 'List findings, newest first' })
  @ApiOkResponse({ type: FindingPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: OperatorFindingQuery): Promise<FindingPage> {
    return this.findings.list(query, query.merchantId);
  }

  @Get(':id')
  @Policy(Permission.InvoiceFindingRead, OPERATORS)
  @ApiOperation({ summary: 'Read one finding' })
  @ApiOkResponse({ type: FindingView })
  @ApiProblems('invoice.finding.not_found')
  get(@Param() { id }: IdParam): Promise<FindingView> {
    return this.findings.one(id);
  }

  @Post(':id/assign')
  @HttpCode(200)
  @Policy(Permission.InvoiceFindingUpdate, OPERATORS)
  @Once('invoice.finding.assign')
  @ApiOperation({ summary: 'Give an open finding to a person' })
  @ApiOkResponse({ type: FindingView })
  @ApiProblems('invoice.finding.not_found', 'invoice.finding.resolved', 'request.invalid')
  assign(
    @Param() { id }: IdParam,
    @Body() { owner }: AssignFindingRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<FindingView> {
    return this.findings.assign(id, owner, { id: actor.userId, key });
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @Policy(Permission.InvoiceFindingUpdate, OPERATORS)
  @Once('invoice.finding.resolve')
  @ApiOperation({ summary: 'Close a finding with what came of it' })
  @ApiOkResponse({ type: FindingView })
  @ApiProblems('invoice.finding.not_found', 'invoice.finding.resolved', 'request.invalid')
  resolve(
    @Param() { id }: IdParam,
    @Body() { outcome, note }: ResolveFindingRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<FindingView> {
    return this.findings.resolve(id, outcome, note, { id: actor.userId, key });
  }
}

/** The same for the machine itself. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/invoice/operations/findings')
export class InternalFindingsController extends OperatorFindingsController {}
