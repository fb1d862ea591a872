// The page without a network: see ../offline/worker.ts.
import "../offline/worker";
