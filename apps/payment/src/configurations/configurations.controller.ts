import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Once, OnceKey, PageQuery, type OnceRequest } from '@nx/http';
import {
  ConfigurationPage,
  ConfigurationTestAnswer,
  ConfigurationView,
  CreateConfigurationRequest,
  UpdateConfigurationRequest,
} from './configuration.dto';
import { ManageConfigurations } from './manage-configurations';
import { TestConfiguration } from './test-configuration';

/** Settings lie sealed, so they are not remembered with the answer: they are in the body that is sent again. */
const withSettings = (remembered: unknown, asked: unknown): object => ({
  ...(remembered as ConfigurationView),
  tValue: (asked as CreateConfigurationRequest).tValue,
});

@ApiTags('configurations')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('configurations')
export class ConfigurationsController {
  constructor(
    private readonly configurations: ManageConfigurations,
    private readonly testing: TestConfiguration,
  ) {}

  @Get()
  @Policy(Permission.ConfigurationRead)
  @ApiOperation({ summary: "The merchant's connections and settings" })
  @ApiOkResponse({ type: ConfigurationPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: PageQuery, @CurrentActor() actor: Actor): Promise<ConfigurationPage> {
    return this.configurations.list(activeMerchant(actor).merchantId, query);
  }

  @Get(':id')
  @Policy(Permission.ConfigurationRead)
  @ApiOperation({ summary: 'One connection, without its secrets' })
  @ApiOkResponse({ type: ConfigurationView })
  @ApiProblems('payment.configuration.not_found')
  get(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<ConfigurationView> {
    return this.configurations.one(activeMerchant(actor).merchantId, id);
  }

  @Post()
  @Policy(Permission.ConfigurationCreate)
  @Once('payment.configuration.create', { restore: withSettings })
  @ApiOperation({ summary: 'Connect the merchant to a provider, or store its settings' })
  @ApiCreatedResponse({ type: ConfigurationView })
  @ApiProblems(
    'payment.configuration.exists',
    'payment.provider.configuration_invalid',
    'payment.provider.unknown',
    'payment.provider.not_supported',
  )
  create(
    @Body() request: CreateConfigurationRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<ConfigurationView> {
    return this.configurations.create(request, activeMerchant(actor), key);
  }

  @Patch(':id')
  @Policy(Permission.ConfigurationUpdate)
  @ApiOperation({ summary: 'Replace settings, secrets or the status' })
  @ApiOkResponse({ type: ConfigurationView })
  @ApiProblems('payment.configuration.not_found', 'payment.provider.configuration_invalid')
  update(
    @Param('id') id: string,
    @Body() request: UpdateConfigurationRequest,
    @CurrentActor() actor: Actor,
  ): Promise<ConfigurationView> {
    return this.configurations.update(id, request, activeMerchant(actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @Policy(Permission.ConfigurationDelete)
  @ApiOperation({ summary: 'Disconnect; callbacks of attempts under way still verify' })
  @ApiNoContentResponse()
  @ApiProblems('payment.configuration.not_found')
  remove(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    return this.configurations.remove(id, activeMerchant(actor));
  }

  @Post(':id/test')
  @HttpCode(200)
  @Policy(Permission.ConfigurationExecute)
  @ApiOperation({ summary: 'A harmless call to the provider over this connection' })
  @ApiOkResponse({ type: ConfigurationTestAnswer })
  @ApiProblems('payment.configuration.not_found', 'payment.provider.configuration_invalid')
  test(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<ConfigurationTestAnswer> {
    return this.testing.execute(activeMerchant(actor).merchantId, id);
  }
}
