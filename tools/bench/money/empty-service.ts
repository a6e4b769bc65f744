import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Module, Post, type DynamicModule } from '@nestjs/common';
import { AuthzModule, Policy, Public } from '@nx/authz';
import { ConfigModule, loadConfig } from '@nx/config';
import { Permission } from '@nx/contracts';
import { ProviderCallback, runService } from '@nx/http';
import { ObservabilityModule } from '@nx/observability';
import { isInfrastructureError, PersistenceModule } from '@nx/persistence';
import { CheckoutRequest } from '../../../apps/payment/src/checkout/checkout.dto';
import { PaymentConfig } from '../../../apps/payment/src/payment.config';

/** Routes of payment with their guards, limits and validation, and nothing behind them. */
@Controller()
class EmptyController {
  @Post('payments/checkout')
  @HttpCode(200)
  @Policy(Permission.TransactionCreate)
  checkout(@Body() request: CheckoutRequest): object {
    return { transaction: { sourceId: request.source.id } };
  }

  @Get('vnpay/gateway/ipn')
  @Public('a route of a benchmark')
  @ProviderCallback()
  gateway(): object {
    return { RspCode: '00' };
  }
}

@Module({})
class EmptyModule {
  static forRoot(config: PaymentConfig): DynamicModule {
    return {
      module: EmptyModule,
      imports: [
        ConfigModule.forRoot(PaymentConfig, config),
        ObservabilityModule.forRoot({ service: 'payment', mode: config.mode, config: config.observability }),
        PersistenceModule.forRoot({ service: 'payment' }),
        AuthzModule.forRoot({ jwks: config.jwks }),
      ],
      controllers: [EmptyController],
    };
  }
}

/** The floor of a request: what Nest and the rules of the platform cost before anything is done. */
void runService({
  service: 'payment',
  config: () => loadConfig(PaymentConfig),
  createModule: (config: PaymentConfig) => EmptyModule.forRoot(config),
  migrate: () => Promise.reject(new Error('the empty service has nothing to migrate')),
  isInfrastructureError,
  openApi: { title: 'Nothing', description: 'Routes with nothing behind them' },
});
