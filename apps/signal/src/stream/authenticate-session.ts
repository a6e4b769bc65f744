import { Inject, Injectable } from '@nestjs/common';
import { TokenVerifier, type TokenClaims } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import { ChannelError, createServerHandshake, SealedChannel, type ServerHandshake } from '@nx/crypto';
import { CLOCK, Logger } from '@nx/observability';
import { ResumeSessions } from '../resume/resume-sessions';
import { SignalConfig } from '../signal.config';
import { Delivery } from './delivery';
import { CLOSINGS, ERRORS, memberOf, type Closing } from './frames';
import { Revocation } from './revocation';
import type { Session } from './session';
import { SessionRegistry } from './session-registry';
import { withSharedLists } from './shared-claims';

/** Clocks of identity and ours may differ: what the verifier still accepted gets this much time. */
const TOLERANCE_SECONDS = 30;
const MAXIMUM_TOKEN_LENGTH = 65_536;

/** A refusal as the client gets it. */
class Refusal extends Error {
  constructor(
    readonly text: string,
    readonly closing: Closing,
    readonly why: string,
  ) {
    super(why);
  }
}

/** Checks the token, agrees on a key, and only then makes the session reachable. */
@Injectable()
export class AuthenticateSession {
  constructor(
    private readonly config: SignalConfig,
    private readonly verifier: TokenVerifier,
    private readonly sessions: SessionRegistry,
    private readonly delivery: Delivery,
    private readonly resume: ResumeSessions,
    private readonly revocation: Revocation,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Never throws: a refusal is told to the client, then the socket is closed. */
  async execute(session: Session, data: unknown): Promise<void> {
    session.state = 'checking';
    session.arm(this.config.stream.authCheckTimeoutMs, () => this.delivery.close(session, CLOSINGS.authTimeout));
    try {
      const claims = await this.check(data);
      // The socket may have gone, or the time may be up.
      if (!isChecking(session)) return;
      this.connect(session, claims, this.agree(data), data);
    } catch (error) {
      if (isChecking(session)) this.refuse(session, refusalOf(error));
    }
  }

  /**
   * A fresh token on the open socket. False when it is refused, belongs to another user or cannot be compared with the
   * policies; the session then lives on until its present token expires.
   */
  async renew(session: Session, data: unknown): Promise<boolean> {
    try {
      const claims = await this.check(data);
      if (session.state !== 'ready' || claims.userId !== session.userId) return false;
      return await this.revocation.renew(session, claims, this.expiryOf(claims));
    } catch (error) {
      this.logger.security('renewal of a socket refused', { reason: refusalOf(error).why });
      return false;
    }
  }

  private async check(data: unknown): Promise<TokenClaims> {
    const token = memberOf(data, 'token');
    const type = memberOf(data, 'type');
    const bearer = type === undefined || (typeof type === 'string' && type.toLowerCase() === 'bearer');
    if (!bearer || typeof token !== 'string' || !isTokenText(token)) {
      throw new Refusal(ERRORS.refused, CLOSINGS.refused, 'no bearer token');
    }
    return withSharedLists(await this.verifier.verify(token));
  }

  private agree(data: unknown): ServerHandshake {
    const publicKey = memberOf(data, 'clientPublicKey') ?? memberOf(data, 'publicKey');
    return createServerHandshake(publicKey, { info: this.config.stream.ecdhInfo });
  }

  /** One turn of the event loop: no push can slip in between `connected` and the sealed channel. */
  private connect(session: Session, claims: TokenClaims, handshake: ServerHandshake, data: unknown): void {
    const { maxPerUser } = this.config.stream;
    if (maxPerUser > 0 && this.sessions.countOfUser(claims.userId) >= maxPerUser) {
      this.refuse(session, new Refusal(ERRORS.tooMany, CLOSINGS.tooMany, 'too many sockets of one user'));
      return;
    }
    session.disarm();
    session.connection.sendClear('connected', {
      id: session.id,
      userId: claims.userId,
      time: new Date(this.clock.now()).toISOString(),
      serverPublicKey: handshake.serverPublicKey,
      salt: handshake.salt,
    });
    session.become({ claims, channel: new SealedChannel(handshake.key), expiresAtSeconds: this.expiryOf(claims) });
    this.resume.prepare(session, data);
    this.sessions.activate(session);
  }

  /** In seconds since the epoch. */
  private expiryOf({ expiresAtSeconds }: TokenClaims): number {
    return expiresAtSeconds * 1000 > this.clock.now() ? expiresAtSeconds : expiresAtSeconds + TOLERANCE_SECONDS;
  }

  private refuse(session: Session, refusal: Refusal): void {
    this.logger.security('socket refused', { reason: refusal.why, code: refusal.closing.code });
    this.delivery.close(session, refusal.closing, refusal.text);
  }
}

const isChecking = (session: Session): boolean => session.state === 'checking';

/** The verifier takes it as a header, which holds no spaces or line ends. */
const isTokenText = (token: string): boolean => token.length <= MAXIMUM_TOKEN_LENGTH && /^[A-Za-z0-9._-]+$/.test(token);

const refusalOf = (error: unknown): Refusal => {
  if (error instanceof Refusal) return error;
  if (error instanceof ChannelError) return new Refusal(ERRORS.handshake, CLOSINGS.handshake, error.reason);
  if (error instanceof AppError && error.code === 'auth.unauthenticated') {
    const why = error.cause instanceof Error ? error.cause.message : 'token refused';
    return new Refusal(ERRORS.refused, CLOSINGS.refused, why);
  }
  const why = error instanceof AppError ? error.code : 'the check failed';
  return new Refusal(ERRORS.checkFailed, CLOSINGS.refused, why);
};
