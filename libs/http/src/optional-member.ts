import { ValidateIf } from 'class-validator';

/**
 * The member may be left out; null is no way of leaving it out. `IsOptional` of class-validator lets null pass every
 * other rule, so that the code behind it meets a value that no rule has seen.
 */
export const OptionalMember = (): PropertyDecorator => ValidateIf((_request, value) => value !== undefined);
