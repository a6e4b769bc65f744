export {
  defineJobs,
  javaHashCode,
  partitionByKey,
  partitionedQueues,
  type JobDefinition,
  type JobTable,
} from './job-table';
export { JobQueue, type AddOptions, type JobQueueOptions, type QueueCounts } from './job-queue';
export { JobHandler, UnrecoverableJobError, type JobContext } from './job-handler.decorator';
export { JOB_QUEUE, QueueModule, type QueueModuleOptions } from './queue.module';
export { mountDashboard, type DashboardHost, type DashboardOptions } from './dashboard';
