export { defineJobs, partitionedQueues, type JobDefinition, type JobTable } from './job-table';
export { JOB_QUEUE, JobQueue, keyPrefix, type AddOptions, type JobQueueOptions, type QueueCounts } from './job-queue';
export { DeadLetterJobError, JobHandler, UnrecoverableJobError, type JobContext } from './job-handler.decorator';
export { QueueModule, type QueueModuleOptions } from './queue.module';
export { mountDashboard, type DashboardHost, type DashboardOptions, type DashboardQueues } from './dashboard';
export { Partitions, type PartitionedQueue } from './partitions';
