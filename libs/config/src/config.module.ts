import { Global, Module, type DynamicModule } from '@nestjs/common';
import { PlatformConfig } from './platform-config';

/** A service's frozen configuration under its own class, for the app, and under the platform's, for the libraries. */
@Global()
@Module({})
export class ConfigModule {
  static forRoot<C extends PlatformConfig>(type: new () => C, config: C): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: type, useValue: config },
        { provide: PlatformConfig, useValue: config },
      ],
      exports: [type, PlatformConfig],
    };
  }
}
