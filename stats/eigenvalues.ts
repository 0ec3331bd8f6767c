import { NonFiniteValue } from './errors.ts';
import { requireRange } from './series.ts';

/**
 * Eigenvalues of a symmetric matrix, descending: Householder reduction to tridiagonal form, then bisection with Sturm
 * counts (Golub and Van Loan, Matrix Computations, sections 8.3.1 and 8.4.1). Bisection needs no convergence luck, and
 * its error is bounded by rounding times the norm.
 *
 * @param matrix row-major size x size, symmetric; not changed
 */
export function symmetricEigenvalues(matrix: Float64Array, size: number): Float64Array {
  requireRange('matrix entries', matrix.length, size * size, size * size, 'integer');
  for (const value of matrix) {
    if (!Number.isFinite(value)) throw new NonFiniteValue(`the matrix holds ${String(value)}`);
  }
  const { diagonal, offDiagonal } = tridiagonalise(matrix, size);
  let bound = 0;
  for (let row = 0; row < size; row += 1) {
    const before = Math.abs(offDiagonal[row - 1] ?? 0);
    const after = Math.abs(offDiagonal[row] ?? 0);
    bound = Math.max(bound, Math.abs(diagonal[row] ?? 0) + before + after);
  }
  const squares = offDiagonal.map((value) => value * value);
  return Float64Array.from({ length: size }, (_, rank) => bisect(diagonal, squares, size - 1 - rank, bound));
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Entry i couples i and i + 1; length size - 1. */
  readonly offDiagonal: Float64Array;
}

function tridiagonalise(matrix: Float64Array, size: number): Tridiagonal {
  const a = matrix.slice();
  const offDiagonal = new Float64Array(Math.max(0, size - 1));
  const v = new Float64Array(size);
  const p = new Float64Array(size);
  for (let k = 0; k < size - 1; k += 1) {
    offDiagonal[k] = reflect(a, size, k, v, p);
  }
  return { diagonal: Float64Array.from({ length: size }, (_, i) => a[i * size + i] ?? 0), offDiagonal };
}

/** Eliminates column k below its subdiagonal by H A H with H = I - v v'; returns the subdiagonal entry left. */
function reflect(a: Float64Array, size: number, k: number, v: Float64Array, p: Float64Array): number {
  let norm = 0;
  for (let i = k + 1; i < size; i += 1) norm = Math.hypot(norm, a[i * size + k] ?? 0);
  const head = a[(k + 1) * size + k] ?? 0;
  if (norm === 0 || norm === Math.abs(head)) return head;
  const alpha = head > 0 ? -norm : norm;
  const scale = 1 / Math.sqrt(norm * (norm + Math.abs(head)));
  for (let i = k + 1; i < size; i += 1) v[i] = ((a[i * size + k] ?? 0) - (i === k + 1 ? alpha : 0)) * scale;
  let projection = 0;
  for (let i = k + 1; i < size; i += 1) {
    let sum = 0;
    for (let j = k + 1; j < size; j += 1) sum += (a[i * size + j] ?? 0) * (v[j] ?? 0);
    p[i] = sum;
    projection += sum * (v[i] ?? 0);
  }
  for (let i = k + 1; i < size; i += 1) p[i] = (p[i] ?? 0) - 0.5 * projection * (v[i] ?? 0);
  for (let i = k + 1; i < size; i += 1) {
    for (let j = k + 1; j < size; j += 1) {
      const change = (v[i] ?? 0) * (p[j] ?? 0) + (p[i] ?? 0) * (v[j] ?? 0);
      a[i * size + j] = (a[i * size + j] ?? 0) - change;
    }
  }
  return alpha;
}

/** The eigenvalue with exactly `below` smaller ones. */
function bisect(diagonal: Float64Array, squares: Float64Array, below: number, bound: number): number {
  let low = -bound - 1e-300;
  let high = bound + 1e-300;
  const tolerance = Number.EPSILON * bound * 0.25;
  while (high - low > tolerance) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (sturmCount(diagonal, squares, middle) > below) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** Number of eigenvalues below x: negative pivots of T - x I. */
function sturmCount(diagonal: Float64Array, squares: Float64Array, x: number): number {
  let count = 0;
  let pivot = 1;
  for (let i = 0; i < diagonal.length; i += 1) {
    const coupling = i === 0 ? 0 : (squares[i - 1] ?? 0) / pivot;
    pivot = (diagonal[i] ?? 0) - x - coupling;
    if (pivot === 0) pivot = Number.MIN_VALUE * 1e16;
    if (pivot < 0) count += 1;
  }
  return count;
}
