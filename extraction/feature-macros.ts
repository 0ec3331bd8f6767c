/**
 * What feature SQL may call besides DuckDB's own functions. Every one is exact in a way that plain window sums are not:
 * a list is added up from its first element to its last, whatever the threads do, and a rank is made of whole numbers.
 */
export const FEATURE_MACROS: readonly string[] = [
  // Rank among the rows of the session in [-0.5, 0.5]; ties share the mean of their ranks; null and non-finite stay null.
  `CREATE MACRO finite(x) AS CASE WHEN isfinite(CAST(x AS DOUBLE)) THEN CAST(x AS DOUBLE) END`,
  `CREATE MACRO session_rank(x) AS CASE WHEN x IS NOT NULL THEN
     (rank() OVER (PARTITION BY session_index ORDER BY x ASC NULLS LAST)
      - rank() OVER (PARTITION BY session_index ORDER BY x DESC NULLS LAST))
     / nullif(2.0 * (count(x) OVER (PARTITION BY session_index) - 1), 0) END`,
  // The statistics of a window; null when fewer than n of its values are known.
  `CREATE MACRO mean_of(values_list, n) AS CASE WHEN list_count(values_list) >= n THEN list_avg(values_list) END`,
  `CREATE MACRO sum_of(values_list, n) AS CASE WHEN list_count(values_list) >= n THEN list_sum(values_list) END`,
  `CREATE MACRO deviation_of(values_list, n) AS
     CASE WHEN list_count(values_list) >= n THEN list_stddev_samp(values_list) END`,
  `CREATE MACRO skewness_of(values_list, n) AS
     CASE WHEN list_count(values_list) >= n THEN list_skewness(values_list) END`,
  `CREATE MACRO highest_of(values_list, n) AS CASE WHEN list_count(values_list) >= n THEN list_max(values_list) END`,
  `CREATE MACRO lowest_of(values_list, n) AS CASE WHEN list_count(values_list) >= n THEN list_min(values_list) END`,
];
