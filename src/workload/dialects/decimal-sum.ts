/**
 * Sum of doubles over nine decimals, exact in any order of rows, for engines without compensated summation. A value that
 * no decimal holds (NaN, infinite, above 10^19) makes it the plain sum.
 */
export function exactDecimalSum(double: string): string {
  const decimal = `TRY_CAST(${double} AS DECIMAL(28, 9))`
  return `CASE WHEN count(${double}) = count(${decimal}) THEN CAST(sum(${decimal}) AS DOUBLE) ELSE sum(${double}) END`
}
