import { API_VERSION, definePlugin } from '@lowbit/plugin-api';
import { models } from './models.js';

/** This package as a plugin: its models. */
export const plugin = definePlugin({ name: '@lowbit/models-sspq', apiVersion: API_VERSION, models });
