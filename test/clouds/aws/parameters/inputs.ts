import { z } from 'zod';

/** The requests of Parameter Store with the constraints of its service model, version 2014-11-06. */

const name = z.string().min(1).max(2048);
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const tagKey = z.string().min(1).max(128).regex(tagText);
const tags = z.array(z.object({ Key: tagKey, Value: z.string().max(256).regex(tagText) })).max(1000);
const maxResults = z.int().min(1).max(50).optional();
const taggable = {
  ResourceType: z.enum([
    'Document',
    'ManagedInstance',
    'MaintenanceWindow',
    'Parameter',
    'PatchBaseline',
    'OpsItem',
    'OpsMetadata',
    'Automation',
    'Association',
    'CloudConnector',
  ]),
  ResourceId: z.string(),
};

export const putParameter = z.object({
  Name: name,
  Description: z.string().max(1024).optional(),
  // Not in the model, but worded by the service as if it were.
  Value: z.string().min(1),
  Type: z.enum(['String', 'StringList', 'SecureString']).optional(),
  KeyId: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[a-zA-Z0-9:/_-]+$/)
    .optional(),
  Overwrite: z.boolean().optional(),
  Tags: tags.optional(),
  Tier: z.enum(['Standard', 'Advanced', 'Intelligent-Tiering']).optional(),
  AllowedPattern: z.string().max(1024).optional(),
  Policies: z.string().min(1).max(4096).optional(),
  DataType: z.string().max(128).optional(),
});
export const getParameter = z.object({ Name: name, WithDecryption: z.boolean().optional() });
export const getParameterHistory = z.object({
  Name: name,
  WithDecryption: z.boolean().optional(),
  MaxResults: maxResults,
  NextToken: z.string().optional(),
});
export const describeParameters = z.object({
  ParameterFilters: z
    .array(
      z.object({
        Key: z
          .string()
          .min(1)
          .max(132)
          .regex(/^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$/),
        Option: z.string().min(1).max(10).optional(),
        Values: z.array(z.string().min(1).max(1024)).min(1).max(50).optional(),
      }),
    )
    .optional(),
  Filters: z.array(z.unknown()).optional(),
  MaxResults: maxResults,
  NextToken: z.string().optional(),
});
export const addTagsToResource = z.object({ ...taggable, Tags: tags });
export const removeTagsFromResource = z.object({ ...taggable, TagKeys: z.array(tagKey) });
export const listTagsForResource = z.object(taggable);
export const deleteParameter = z.object({ Name: name });
export const labelParameterVersion = z.object({
  Name: name,
  ParameterVersion: z.int().optional(),
  Labels: z.array(z.string().min(1).max(100)).min(1).max(10),
});
