"""Events leave with the state that caused them: written in one transaction, relayed afterwards."""
