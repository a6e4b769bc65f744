import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Once, OnceKey, type OnceRequest, Internal } from '@nx/http';
import { AskForResync } from './ask-for-resync';
import { ResyncList, ResyncRequest, resyncView, ResyncView } from './resync.dto';
import { ResyncRepository } from './resync.repository';

const OPERATORS = { scope: 'operator' } as const;
const LATEST = 20;

/** Readings of the change feed from its beginning: TaxInfo is brought back in line with commerce. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/cdc/resyncs')
export class ResyncController {
  constructor(
    private readonly asking: AskForResync,
    private readonly rows: ResyncRepository,
  ) {}

  @Get()
  @Policy(Permission.TaxInfoExecute, OPERATORS)
  @ApiOperation({ summary: 'The newest readings, the checks that come by themselves included' })
  @ApiOkResponse({ type: ResyncList })
  async list(): Promise<ResyncList> {
    return { data: (await this.rows.latest(LATEST)).map(resyncView) };
  }

  @Get(':id')
  @Policy(Permission.TaxInfoExecute, OPERATORS)
  @ApiOperation({ summary: 'How far a reading is, and what it found' })
  @ApiOkResponse({ type: ResyncView })
  @ApiProblems('invoice.resync.not_found')
  async one(@Param('id') id: string): Promise<ResyncView> {
    return resyncView(await this.asking.one(id));
  }

  @Post()
  @HttpCode(202)
  @Policy(Permission.TaxInfoExecute, OPERATORS)
  @Once('invoice.cdc.resync')
  @ApiOperation({ summary: 'Read the change feed again; a worker does it, an older record never wins' })
  @ApiAcceptedResponse({ type: ResyncView })
  @ApiProblems('request.invalid')
  async ask(
    @Body() { merchantIds, dryRun = false, reason }: ResyncRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<ResyncView> {
    const asked = { merchantIds: merchantIds ?? null, dryRun, reason };
    return resyncView(await this.asking.execute(asked, actor.userId, key));
  }
}

/** The same for the machine itself. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/invoice/operations/cdc/resyncs')
export class InternalResyncController extends ResyncController {}
