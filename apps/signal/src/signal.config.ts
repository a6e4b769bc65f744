import { ForService, Group, PlatformConfig, Setting } from '@nx/config';
import { DEFAULT_ECDH_INFO } from '@nx/crypto';
import { IsIn, Matches, Max, MaxLength, Min } from 'class-validator';

/** What a socket may do and how long it may take. */
export class StreamConfig {
  @Setting({
    env: 'APP_ENV_WEBSOCKET_ECDH_INFO',
    description: 'HKDF info of the key agreement; clients must use the same',
    default: DEFAULT_ECDH_INFO,
  })
  @MaxLength(256)
  ecdhInfo!: string;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_STRICT',
    description: 'refuse heartbeat, join and leave in clear, and encrypted frames without an increasing seq',
    kind: 'boolean',
    default: false,
  })
  strict!: boolean;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_AUTH_TIMEOUT_MS',
    description: 'a socket that has not sent authenticate is closed after',
    kind: 'milliseconds',
    default: 5000,
    floor: 1000,
  })
  @Min(20)
  authTimeoutMs!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_AUTH_CHECK_TIMEOUT_MS',
    description: 'longest token check and key agreement',
    kind: 'milliseconds',
    default: 15_000,
    floor: 1000,
  })
  @Min(20)
  authCheckTimeoutMs!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_HEARTBEAT_SWEEP_MS',
    description: 'silent sockets are looked for every',
    kind: 'milliseconds',
    default: 30_000,
    floor: 1000,
  })
  @Min(10)
  heartbeatSweepMs!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_HEARTBEAT_TIMEOUT_MS',
    description: 'a socket that has been silent for longer is closed',
    kind: 'milliseconds',
    default: 90_000,
    floor: 5000,
  })
  @Min(20)
  heartbeatTimeoutMs!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_EXPIRY_SWEEP_MS',
    description: 'sockets whose token has expired are looked for every',
    kind: 'milliseconds',
    default: 500,
    floor: 100,
  })
  @Min(10)
  @Max(900)
  expirySweepMs!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_FRAME_LIMIT_BYTES',
    description: 'largest frame of a client',
    kind: 'integer',
    default: 131_072,
  })
  @Min(1024)
  frameLimitBytes!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_BACKPRESSURE_BYTES',
    description: 'bytes that may wait for a slow client before pushes to it are dropped',
    kind: 'integer',
    default: 1_048_576,
  })
  @Min(1024)
  backpressureBytes!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_MAX_PER_USER',
    description: 'sockets of one user on one instance, 0 = off',
    kind: 'integer',
    default: 20,
  })
  @Min(0)
  maxPerUser!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_MAX_PER_IP',
    description: 'sockets of one address on one instance, 0 = off',
    kind: 'integer',
    default: 500,
  })
  @Min(0)
  maxPerIp!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_MAX_ROOMS',
    description: 'rooms that one socket may join besides its own',
    kind: 'integer',
    default: 64,
  })
  @Min(1)
  @Max(10_000)
  maxRooms!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_FRAMES_PER_SECOND',
    description: 'frames of one client per second in the long run, 0 = off',
    kind: 'integer',
    default: 50,
  })
  @Min(0)
  framesPerSecond!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_FRAME_BURST',
    description: 'frames of one client at once',
    kind: 'integer',
    default: 200,
  })
  @Min(1)
  frameBurst!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_RESUME_LIMIT',
    description: 'missed notifications that a resuming client is told one by one; a client further behind gets resync',
    kind: 'integer',
    default: 200,
  })
  @Min(1)
  @Max(1000)
  resumeLimit!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_RESUME_SWEEP_MS',
    description: 'what resuming clients were told is compared with their inboxes every',
    kind: 'milliseconds',
    default: 30_000,
    floor: 1000,
  })
  @Min(20)
  resumeSweepMs!: number;
}

/** Who may join which room, beyond the rooms of one's own user, merchants and organizers. */
export class RoomsConfig {
  @Setting({
    env: 'APP_ENV_ROOM_RESOLVERS',
    description: 'services that know who owns the rooms of single things, as <service>=<root url>',
    kind: 'list',
    default: [],
    example: 'payment=http://payment-api:3000,invoice=http://invoice:3000',
  })
  @Matches(/^[a-z][a-z0-9-]{0,31}=https?:\/\/[^\s=]+$/, { each: true })
  resolvers!: string[];

  @Setting({
    env: 'APP_ENV_SERVICE_TOKEN',
    description: 'token (role 700_service) for calls to siblings',
    secret: true,
  })
  serviceToken?: string;

  @Setting({
    env: 'APP_ENV_ROOM_PATTERNS',
    description:
      'rooms of other services as <pattern>[=<audience>]; {id} stands for one segment; audience: operators (default), users, or a role',
    kind: 'list',
    default: ['outreach/inquiries', 'outreach/inquiries/{id}'],
    example: 'outreach/inquiries=operators,helpdesk/tickets/{id}=600_operator',
  })
  @Matches(/^[A-Za-z0-9._~{}-]+(\/[A-Za-z0-9._~{}-]+)*(=[A-Za-z0-9_-]+)?$/, { each: true })
  patterns!: string[];

  @Setting({
    env: 'APP_ENV_ROOM_RESOLVER_TIMEOUT_MS',
    description: 'a resolver is given up after',
    kind: 'milliseconds',
    default: 2000,
    floor: 100,
  })
  resolverTimeoutMs!: number;
}

export class NotificationsConfig {
  @Setting({
    env: 'APP_ENV_NOTIFICATION_LOCALE',
    description: 'language of messages that name none',
    default: 'vi',
  })
  @IsIn(['vi', 'en'])
  defaultLocale!: 'vi' | 'en';

  @Setting({
    env: 'APP_ENV_NOTIFICATION_RETENTION_MS',
    description: 'notifications older than this are removed, 0 = never',
    kind: 'milliseconds',
    default: 15_552_000_000,
    floor: 0,
  })
  retentionMs!: number;
}

/** How this instance and the others hear of each other. */
export class ClientsConfig {
  @Setting({
    env: 'APP_ENV_WEBSOCKET_REGISTRY_MS',
    description: 'the list of sockets in Redis is renewed every; it expires after three times as long',
    kind: 'milliseconds',
    default: 10_000,
    floor: 1000,
  })
  @Min(50)
  registryMs!: number;

  @Setting({
    env: 'APP_ENV_WEBSOCKET_BUS_PROBE_MS',
    description: 'how often an instance makes sure that it hears the bus, by saying something to itself',
    kind: 'milliseconds',
    default: 5000,
    floor: 500,
  })
  @Min(50)
  busProbeMs!: number;
}

@ForService('signal')
export class SignalConfig extends PlatformConfig {
  @Group(() => StreamConfig)
  stream!: StreamConfig;

  @Group(() => RoomsConfig)
  rooms!: RoomsConfig;

  @Group(() => NotificationsConfig)
  notifications!: NotificationsConfig;

  @Group(() => ClientsConfig)
  clients!: ClientsConfig;
}
