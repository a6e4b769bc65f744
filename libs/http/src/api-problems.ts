import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ERROR_CATALOGUE, statusOf, type ErrorCode } from '@nx/contracts';

class FieldProblemDocument {
  @ApiProperty({ description: 'RFC 6901 pointer to the member.', example: '/total' })
  pointer!: string;

  @ApiProperty({ example: 'must be a whole amount of at least 1' })
  detail!: string;
}

/** The OpenAPI schema of every refusal (RFC 9457 with the older body's members). */
export class ProblemDocument {
  @ApiProperty({ example: 'urn:nx:problem:request.invalid' })
  type!: string;

  @ApiProperty({ example: 'Invalid input' })
  title!: string;

  @ApiProperty({ example: 422 })
  status!: number;

  @ApiProperty({ example: '1 member is wrong.' })
  detail!: string;

  @ApiProperty({ example: '/v1/api/payment/payments/checkout' })
  instance!: string;

  @ApiProperty({ description: 'Stable key; clients switch on it.', example: 'request.invalid' })
  code!: string;

  @ApiProperty({ description: 'What to do about it.', example: 'Correct the members named in errors.' })
  remedy!: string;

  @ApiPropertyOptional({ type: [FieldProblemDocument] })
  errors?: FieldProblemDocument[];

  @ApiProperty({ description: 'Same as `detail`, for older clients.' })
  message!: string;

  @ApiProperty({ description: 'Same as `status`, for older clients.' })
  statusCode!: number;

  @ApiProperty({ example: 'x4yZ0aBcDeFgHiJk' })
  requestId!: string;
}

const exampleOf = (code: ErrorCode): object => {
  const { title, remedy } = ERROR_CATALOGUE[code];
  const status = statusOf(code);
  return {
    summary: title,
    description: remedy,
    value: {
      type: `urn:nx:problem:${code}`,
      title,
      status,
      detail: remedy,
      instance: '/',
      code,
      remedy,
      message: remedy,
      statusCode: status,
      requestId: 'x4yZ0aBcDeFgHiJk',
    },
  };
};

/** Documents the codes that an operation can answer with, one response per status, one example per code. */
export function ApiProblems(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code]);
  const responses = [...byStatus].map(([status, group]) =>
    ApiResponse({
      status,
      description: group.map((code) => `\`${code}\`: ${ERROR_CATALOGUE[code].remedy}`).join('<br>'),
      content: {
        'application/problem+json': {
          schema: { $ref: getSchemaPath(ProblemDocument) },
          examples: Object.fromEntries(group.map((code) => [code, exampleOf(code)])),
        },
      },
    }),
  );
  return applyDecorators(ApiExtraModels(ProblemDocument), ...responses);
}
