import { expect, it } from 'vitest';
import { isPath, movedPlugins } from './plugins.js';

it.each([
  ['./a.js', '../../configs/a.js'],
  ['../a.js', '../../a.js'],
  ['lowbit-plugin', 'lowbit-plugin'],
  ['@scope/plugin', '@scope/plugin'],
  ['/opt/a.js', '/opt/a.js'],
])('a run folder names %s as %s', (given, moved) => {
  expect(movedPlugins([given], '/home/me/configs', '/home/me/runs/one')).toEqual([moved]);
});

it('a path stays a path when it leads down', () => {
  expect(movedPlugins(['./run/a.js'], '/home/me', '/home/me/run')).toEqual(['./a.js']);
  expect(['./a.js', '..\\a.js', '/a.js', '.hidden', 'a.js'].map(isPath)).toEqual([true, true, true, false, false]);
});
