/** Java's `String.hashCode`: 31-based over UTF-16 units, wrapped to a signed 32-bit integer. */
export function javaHashCode(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0;
  }
  return hash;
}

/**
 * Partition 0..count−1 of a key, the platform's `getPartitionByKey`: equal keys always meet in one partition.
 * @throws RangeError when count is no positive integer
 */
export function partitionOf(key: string, count: number): number {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError('The number of partitions must be a positive integer.');
  return ((javaHashCode(key) % count) + count) % count;
}
