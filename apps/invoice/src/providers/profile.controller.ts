import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems } from '@nx/http';
import { ManageMappings } from './manage-mappings';
import { ProfileRequest, ProfileView } from './provider-config.dto';

@ApiTags('invoice-profile')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('invoice-profile')
export class ProfileController {
  constructor(private readonly settings: ManageMappings) {}

  @Get()
  @Policy(Permission.InvoiceProviderRead)
  @ApiOperation({ summary: 'Place of business, contact, and whether series must be registered anew' })
  @ApiOkResponse({ type: ProfileView })
  get(@CurrentActor() actor: Actor): Promise<ProfileView> {
    return this.settings.profile(activeMerchant(actor).merchantId);
  }

  @Put()
  @Policy(Permission.InvoiceProviderUpdate)
  @ApiOperation({ summary: 'Set the given members; an empty text removes one' })
  @ApiOkResponse({ type: ProfileView })
  @ApiProblems('request.invalid')
  save(@Body() request: ProfileRequest, @CurrentActor() actor: Actor): Promise<ProfileView> {
    return this.settings.saveProfile(request, activeMerchant(actor));
  }
}
