"""Contract tests made from a catalog, and the throwaway servers that they run against."""
